package org.vmail.site;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** All documents of the repository as pages that link each other, and an index to search them with. */
final class Site {
    private static final String CODE = "https://github.com/vmail/vmail/blob/main/";
    private static final List<String> FIRST = List.of(
            "README.md",
            "docs/user-guide.md",
            "docs/guide/getting-started.md",
            "docs/guide/concepts.md",
            "docs/guide/embedding.md",
            "docs/guide/accounts.md",
            "docs/guide/connections.md",
            "docs/guide/logins.md",
            "docs/guide/mail.md",
            "docs/routing.md",
            "docs/guide/settings.md",
            "docs/guide/operations.md",
            "docs/guide/security.md",
            "docs/guide/migration.md",
            "docs/mta/README.md",
            "docs/systemd/README.md",
            "docs/scenarios/README.md",
            "docs/performance.md",
            "docs/differences.md",
            "docs/architecture.md",
            "docs/testing.md",
            "docs/adr/README.md",
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "SECURITY.md");

    private final Path root;
    private final Map<String, Page> pages = new LinkedHashMap<>();
    /** What pages link to and is no page: shown as it stands in the repository. */
    private final Set<String> files = new LinkedHashSet<>();

    private Site(Path root) {
        this.root = root;
    }

    /** Reads all documents of a repository. */
    static Site of(Path root) throws IOException {
        Site site = new Site(root);
        List<String> sources = sources(root);
        for (String source : sources) {
            site.pages.put(
                    source,
                    Markdown.page(
                            source,
                            Files.readString(root.resolve(source)),
                            link -> site.target(source, link, sources)));
        }
        return site;
    }

    private static List<String> sources(Path root) throws IOException {
        Set<String> found = new LinkedHashSet<>();
        FIRST.stream().filter(source -> Files.exists(root.resolve(source))).forEach(found::add);
        for (String folder : new String[] {"docs", "examples", ""}) {
            try (Stream<Path> files = Files.walk(root.resolve(folder), folder.isEmpty() ? 1 : 3)) {
                files.map(file -> root.relativize(file).toString().replace('\\', '/'))
                        .filter(file -> file.endsWith(".md") && !file.contains("/target/"))
                        .sorted()
                        .forEach(found::add);
            }
        }
        return List.copyOf(found);
    }

    /** In the order in which they are listed. */
    List<Page> pages() {
        return List.copyOf(pages.values());
    }

    private String target(String source, String link, List<String> sources) {
        if (link.startsWith("#") || link.matches("[a-z]+:.*")) {
            return link;
        }
        String path = link.replaceFirst("#.*", "");
        String anchor = link.substring(path.length());
        String meant = URI.create(source).resolve(path).getPath();
        if (Files.isDirectory(root.resolve(meant))) {
            meant = meant.replaceFirst("/?$", "/README.md");
        }
        if (sources.contains(meant)) {
            return up(source) + Page.addressOf(meant) + anchor;
        }
        if (meant.startsWith("docs/") && Files.isRegularFile(root.resolve(meant))) {
            files.add(meant);
            return up(source) + meant;
        }
        return Files.exists(root.resolve(meant)) ? CODE + meant : link;
    }

    private static String up(String source) {
        return "../".repeat((int) source.chars().filter(c -> c == '/').count());
    }

    /** Writes everything; what is there already is overwritten. */
    void write(Path target) throws IOException {
        String frame = resource("frame.html");
        for (Page page : pages.values()) {
            String up = up(page.source());
            Path file = target.resolve(page.address());
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.writeString(
                    file,
                    frame.replace("@UP@", up)
                            .replace("@TITLE@", escaped(page.title()))
                            .replace("@PAGES@", list(page))
                            .replace("@SECTIONS@", sections(page))
                            .replace("@TEXT@", page.html()));
        }
        for (String file : files) {
            Path copy = target.resolve(file);
            Files.createDirectories(Objects.requireNonNull(copy.getParent()));
            Files.copy(root.resolve(file), copy, StandardCopyOption.REPLACE_EXISTING);
        }
        for (String name : List.of("site.css", "site.js")) {
            Files.writeString(target.resolve(name), resource(name));
        }
        Files.writeString(target.resolve("index.js"), index());
    }

    /** Where a page stands in the list of all of them. */
    private enum Group {
        GUIDE,
        SCENARIOS,
        EXAMPLES,
        PROJECT;

        static Group of(Page page) {
            String source = page.source();
            if (source.startsWith("docs/scenarios/")) {
                return SCENARIOS;
            }
            if (source.startsWith("examples/")) {
                return EXAMPLES;
            }
            return source.matches("README.md|docs/(user-guide|routing).md|docs/(guide|mta|systemd)/.*")
                    ? GUIDE
                    : PROJECT;
        }

        String title() {
            return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
        }
    }

    private String list(Page current) {
        StringBuilder list = new StringBuilder();
        Group group = null;
        for (Page page :
                pages.values().stream().sorted(Comparator.comparing(Group::of)).toList()) {
            if (Group.of(page) != group) {
                group = Group.of(page);
                list.append("<li class=\"group\">").append(group.title()).append("</li>\n");
            }
            boolean decision = page.source().matches("docs/adr/0.*");
            if (decision && !current.source().startsWith("docs/adr/")) {
                continue;
            }
            list.append("<li")
                    .append(decision ? " class=\"sub\"" : "")
                    .append("><a href=\"")
                    .append(up(current.source()))
                    .append(page.address())
                    .append(page.equals(current) ? "\" aria-current=\"page\">" : "\">")
                    .append(escaped(page.title()))
                    .append("</a></li>\n");
        }
        return list.toString();
    }

    private static String sections(Page page) {
        StringBuilder list = new StringBuilder();
        page.sections().stream()
                .filter(section -> section.level() == 2)
                .forEach(section -> list.append("<li><a href=\"#")
                        .append(section.anchor())
                        .append("\">")
                        .append(escaped(section.heading()))
                        .append("</a></li>\n"));
        return list.toString();
    }

    /** A script and no data file, so that the search works from a disk, too. */
    private String index() {
        List<String> entries = new ArrayList<>();
        for (Page page : pages.values()) {
            for (Page.Section section : page.sections()) {
                entries.add("[" + json(page.address() + "#" + section.anchor()) + "," + json(page.title()) + ","
                        + json(section.heading()) + "," + json(section.text()) + "]");
            }
        }
        return "const PAGES = [\n" + String.join(",\n", entries) + "\n];\n";
    }

    private static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || c == '<' || c == '\u2028' || c == '\u2029') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Site.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
