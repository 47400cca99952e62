package org.vmail.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The site as it is, made of the documents as they are. */
class SiteTest {
    private static final Path ROOT = Path.of("../..");
    private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"]*)\"");
    private static final Pattern ANCHOR = Pattern.compile(" id=\"([^\"]*)\"");

    @TempDir
    static Path folder;

    private static Site site;

    @BeforeAll
    static void write() throws IOException {
        site = Site.of(ROOT);
        site.write(folder);
    }

    @Test
    void noLinkLeadsNowhere() throws IOException {
        Set<String> broken = new TreeSet<>();
        for (Page page : site.pages()) {
            Path file = folder.resolve(page.address());
            Matcher links = LINK.matcher(Files.readString(file));
            while (links.find()) {
                String link = links.group(1);
                if (!link.matches("[a-z]+:.*") && !leadsSomewhere(file, link)) {
                    broken.add(page.source() + ": " + link);
                }
            }
        }

        assertThat(broken).isEmpty();
    }

    @Test
    void whatIsLinkedInTheRepositoryIsThere() throws IOException {
        Set<String> broken = new TreeSet<>();
        for (Page page : site.pages()) {
            Matcher links = Pattern.compile("blob/main/([^\"#]*)").matcher(page.html());
            while (links.find()) {
                if (!Files.exists(ROOT.resolve(links.group(1)))) {
                    broken.add(page.source() + ": " + links.group(1));
                }
            }
        }

        assertThat(broken).isEmpty();
    }

    @Test
    void everyDocumentIsAPageWithATitle() throws IOException {
        List<String> documents = new ArrayList<>();
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            files.map(file -> ROOT.relativize(file).toString())
                    .filter(file -> file.endsWith(".md") && !file.contains("target"))
                    .forEach(documents::add);
        }

        assertThat(site.pages()).extracting(Page::source).containsAll(documents).contains("README.md", "CHANGELOG.md");
        assertThat(site.pages()).extracting(Page::title).doesNotHaveDuplicates().noneMatch(String::isBlank);
    }

    @Test
    void theIndexHasEverySection() throws IOException {
        String index = Files.readString(folder.resolve("index.js"));

        assertThat(index).startsWith("const PAGES = [").doesNotContain("<");
        assertThat(index.lines().count() - 2)
                .isEqualTo(site.pages().stream()
                        .mapToLong(page -> page.sections().size())
                        .sum());
    }

    @Test
    void anchorsAreThoseOfTheRepositorysOwnPages() {
        Page page =
                Markdown.page("x.md", "# A\n\n## What's `new`, Joe?\n\ntext\n\n## What's `new`, Joe?\n", link -> link);

        assertThat(page.sections())
                .extracting(Page.Section::anchor)
                .containsExactly("a", "whats-new-joe", "whats-new-joe-1");
        assertThat(page.sections().get(1).text()).isEqualTo("text");
    }

    @Test
    void thePictureShowsWhatItsTextSays() throws IOException {
        String text = Files.readString(ROOT.resolve("docs/guide/architecture.dot"));
        String picture = Files.readString(ROOT.resolve("docs/guide/architecture.svg"));
        Set<String> said = new TreeSet<>();
        Matcher labels = Pattern.compile("label=\"([^\"]*)\"").matcher(text);
        while (labels.find()) {
            said.addAll(List.of(labels.group(1).split("\\\\n")));
        }
        Set<String> shown = new TreeSet<>();
        Matcher texts = Pattern.compile("<text [^>]*>([^<]*)</text>").matcher(picture);
        while (texts.find()) {
            shown.add(texts.group(1).replace("&#45;", "-").replace("&#39;", "'"));
        }

        assertThat(said).hasSizeGreaterThan(20);
        assertThat(shown).isEqualTo(said);
        assertThat(Pattern.compile("class=\"edge\"").matcher(picture).results().count())
                .isEqualTo(Pattern.compile(" -> ").matcher(text).results().count());
    }

    @Test
    void whatADocumentSaysIsNoMarkupOfThePage() {
        assertThat(Markdown.page("x.md", "# A\n\n<script>alert(1)</script>\n", link -> link)
                        .html())
                .doesNotContain("<script>");
    }

    private static boolean leadsSomewhere(Path from, String link) throws IOException {
        String path = link.replaceFirst("#.*", "");
        Path target = path.isEmpty() ? from : from.resolveSibling(path).normalize();
        if (!Files.isRegularFile(target)) {
            return false;
        }
        if (!link.contains("#")) {
            return true;
        }
        Matcher anchors = ANCHOR.matcher(Files.readString(target));
        while (anchors.find()) {
            if (anchors.group(1).equals(link.substring(path.length() + 1))) {
                return true;
            }
        }
        return false;
    }
}
