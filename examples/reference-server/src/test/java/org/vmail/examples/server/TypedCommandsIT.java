package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the pages tell their readers to type: typed, in the order of the pages, by a shell that ends at the first failure. */
@Tag("interop")
@Timeout(300)
class TypedCommandsIT {
    private static final Path ROOT = Path.of("../..");
    private static final int LIMIT_SECONDS = 120;

    /** The pages of which a reader may have typed everything, one after the other. */
    private static final List<String> PAGES =
            List.of("docs/guide/getting-started.md", "docs/guide/accounts.md", "docs/guide/mail.md");

    /** What this test does not type, by its first line, and why. */
    private static final Map<String, String> NOT_TYPED = Map.of(
            "curl -u joe:banana pop3s://mail.b.example/", "it needs names; ScenariosIT does what the page shows",
            "mvn -q package -DskipTests && java -jar examples/reference-server/target/vmail.jar demo",
                    "the build is what this test runs in; CommandLineIT has the demo",
            "mvn verify", "this is it",
            "mvn verify                # everything: compile, tests, format; five to six minutes on two cores",
                    "this is it",
            "java -jar examples/reference-server/target/vmail.jar check --config docs/vmail.toml",
                    "it needs /etc/vmail; DocumentedSettingsTest reads the file",
            "mvn -q install -DskipTests", "it would install into the repository of whoever builds",
            "java -XX:AOTCacheOutput=vmail.aot -jar vmail.jar serve --config vmail.toml          # JDK 25; then -XX:AOTCache=vmail.aot",
                    "it needs a JDK of each kind");

    private static final String ALIAS = "alias vmail=\"java -jar $PWD/examples/reference-server/target/vmail.jar\"\n";

    @TempDir
    Path folder;

    @Test
    void theCommandsOfThePagesWork() throws Exception {
        Programs.require("bash", "curl");
        String pop3 = String.valueOf(Loopback.freePort("127.0.0.1"));
        String lmtp = String.valueOf(Loopback.freePort("127.0.0.1"));
        StringBuilder script = new StringBuilder("set -eu -o pipefail\ntrap 'kill $(jobs -p) 2>&- || :' EXIT\n");
        // A program rather than a function: what the page kills has to be the server, and not a shell around it.
        Path vmail = Files.writeString(
                Files.createDirectory(folder.resolve("bin")).resolve("vmail"),
                "#!/bin/sh\nexec " + String.join(" ", PackagedJar.command()) + " \"$@\"\n");
        assertThat(vmail.toFile().setExecutable(true)).isTrue();
        script.append("PATH=$PWD/bin:$PATH\n");
        assertThat(typed("docs/guide/getting-started.md"))
                .as("the program above stands for it, as no alias does in a script")
                .anyMatch(block -> block.contains(ALIAS));
        for (String page : PAGES) {
            for (String block : typed(page)) {
                script.append(block.replace(ALIAS, "")
                        .replaceAll("(?m)^mvn .*\n", "")
                        .replace("11110", pop3)
                        .replace("12424", lmtp)
                        .replace("sleep 3", "until (: </dev/tcp/127.0.0.1/" + pop3 + ") 2>&-; do sleep 0.1; done"));
            }
        }
        ProcessBuilder shell = new ProcessBuilder("bash", "-c", script.toString()).directory(folder.toFile());

        Programs.Result result = Programs.run(shell, new byte[0], LIMIT_SECONDS).successful();

        assertThat(result.output())
                .contains("Delivered-To: joe@a.example", "Subject: hello", "all is well")
                .containsPattern("ann@b\\.example.*500M");
    }

    @Test
    void theProgramOfTheFirstPageRuns() throws Exception {
        String program = blocks("docs/guide/getting-started.md", "java").get(0);
        Path source = Files.writeString(folder.resolve("Hello.java"), program);

        Programs.Result result =
                Programs.run(new ProcessBuilder(PackagedJar.program(source)), "\n".getBytes(ISO_8859_1));

        assertThat(result.successful().output())
                .containsPattern("LMTP /127\\.0\\.0\\.1:[0-9]+, POP3 /127\\.0\\.0\\.1:[0-9]+");
    }

    @Test
    void nothingElseIsToBeTyped() throws Exception {
        Set<String> unknown = new TreeSet<>();
        Set<String> known = new TreeSet<>(NOT_TYPED.keySet());
        for (String page : pages()) {
            for (String block : blocks(page, "sh")) {
                String first = block.lines().findFirst().orElseThrow();
                if (!known.remove(first) && !NOT_TYPED.containsKey(first) && !PAGES.contains(page)) {
                    unknown.add(page + ": " + first);
                }
            }
        }

        assertThat(unknown).isEmpty();
        assertThat(known).as("no longer on any page").isEmpty();
    }

    private static List<String> typed(String page) throws IOException {
        return blocks(page, "sh").stream()
                .filter(block ->
                        !NOT_TYPED.containsKey(block.lines().findFirst().orElseThrow()))
                .toList();
    }

    private static List<String> blocks(String page, String language) throws IOException {
        return Pattern.compile("(?s)```" + language + "\n(.*?)```\n")
                .matcher(Files.readString(ROOT.resolve(page)))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static List<String> pages() throws IOException {
        List<String> pages = new ArrayList<>();
        for (String folder : List.of("", "docs", "examples")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder), folder.isEmpty() ? 1 : 4)) {
                files.map(file -> ROOT.relativize(file).toString())
                        .filter(file -> file.endsWith(".md") && !file.contains("target/"))
                        .forEach(pages::add);
            }
        }
        return pages;
    }
}
