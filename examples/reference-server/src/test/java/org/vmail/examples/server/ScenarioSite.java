package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.net.TestCertificate;

/**
 * The machine that the scenarios speak of, on loopback addresses. The server runs with the file of the page, in which
 * addresses, ports and paths are replaced, and nothing else:
 *
 * <ul>
 *   <li>{@code 0.0.0.0} is each address of that machine; the ports that vmail listens on are free ones,
 *   <li>{@code 192.0.2.N} is {@code 127.0.2.N}, {@code 203.0.113.N} is {@code 127.0.113.N},
 *   <li>{@code /etc/vmail} and {@code /var/spool/vmail} are folders of the test, which have the accounts that the index of the
 *       pages names,
 *   <li>and what a test says, such as where the main domain's server is.
 * </ul>
 */
final class ScenarioSite implements AutoCloseable {
    private static final List<String> MACHINE = List.of("192.0.2.1", "192.0.2.10", "192.0.2.20", "192.0.2.30");
    private static final Pattern LISTENING = Pattern.compile("^(?:listen|listen-tls|address) = ");
    private static final Pattern ENDPOINT = Pattern.compile("\"([0-9.]+):([0-9]+)\"");
    private static final Pattern BOUND = Pattern.compile("/([0-9.]+:[0-9]+)");

    private final Site site;
    private final Map<String, String> others;
    private final List<String> documented = new ArrayList<>();
    private final Map<String, String> bound = new LinkedHashMap<>();
    private final boolean onlyLoopback;
    private final ServerProcess server;

    private ScenarioSite(Site site, Path toml, Map<String, String> others, boolean onlyLoopback) throws IOException {
        this.site = site;
        this.others = others;
        this.onlyLoopback = onlyLoopback;
        String config = translate(listeningOnFreePorts(Files.readString(toml)));
        server = ServerProcess.start(Files.writeString(site.folder().resolve("vmail.toml"), config));
        List<String> ports = BOUND.matcher(
                        server.log().replaceFirst("(?s).*Serving POP3 on ", "").replaceFirst("(?s) and LMTP.*", ""))
                .results()
                .map(result -> result.group(1))
                .toList();
        assertThat(ports).hasSameSizeAs(documented);
        for (int i = 0; i < ports.size(); i++) {
            bound.put(documented.get(i), ports.get(i));
        }
    }

    /** Starts the server of a scenario on loopback addresses. */
    static ScenarioSite start(Site site, Path toml, Map<String, String> others) throws IOException {
        return new ScenarioSite(site, toml, others, true);
    }

    /** Starts the server of a scenario that has a proxy in front: headers name addresses as the page has them. */
    static ScenarioSite behindProxy(Site site, Path toml, Map<String, String> others) throws IOException {
        return new ScenarioSite(site, toml, others, false);
    }

    /** joe has one message in a.example, and two in b.example; both domains have certificates. */
    static Site site(Path folder) throws IOException {
        Loopback.requireAddresses("127.0.2.1", "127.0.113.7");
        Site site = Site.create(folder, "joe", "ann");
        fill(site.mailbox("joe", "a.example"), 1);
        fill(site.mailbox("joe", "b.example"), 2);
        TestCertificate.ec("mail.a.example").write(site.directory(), "a.example");
        TestCertificate.ec("mail.b.example").write(site.directory(), "b.example");
        return site;
    }

    private static void fill(Path mailbox, int messages) throws IOException {
        for (String part : List.of("new", "cur", "tmp")) {
            Files.createDirectories(mailbox.resolve(part));
        }
        for (int i = 1; i <= messages; i++) {
            Files.writeString(mailbox.resolve("new/170000000" + i + ".M1P1.host"), "Subject: " + i + "\n\nDear Joe\n");
        }
    }

    private String listeningOnFreePorts(String toml) {
        List<String> lines = new ArrayList<>();
        boolean lmtp = false;
        for (String line : toml.lines().toList()) {
            lmtp = line.startsWith("[") ? line.contains("lmtp") : lmtp;
            if (!LISTENING.matcher(line).find()) {
                lines.add(line);
            } else if (lmtp) {
                lines.add(ENDPOINT.matcher(line).replaceAll("\"$1:0\""));
            } else {
                lines.add(ENDPOINT.matcher(line).replaceAll(this::freePorts));
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private String freePorts(MatchResult endpoint) {
        List<String> hosts = endpoint.group(1).equals("0.0.0.0") ? MACHINE : List.of(endpoint.group(1));
        hosts.forEach(host -> documented.add(host + ":" + endpoint.group(2)));
        return String.join(
                ", ", hosts.stream().map(host -> "\"" + host + ":0\"").toList());
    }

    /** What a text of a page is on this machine. */
    String translate(String text) {
        String translated = text;
        for (Map.Entry<String, String> each : bound.entrySet()) {
            translated = replace(translated, each.getKey(), each.getValue());
        }
        for (Map.Entry<String, String> each : others.entrySet()) {
            translated = replace(translated, each.getKey(), each.getValue());
        }
        if (onlyLoopback) {
            translated = translated.replace("192.0.2.", "127.0.2.").replace("203.0.113.", "127.0.113.");
        }
        return translated
                .replace("/etc/vmail", site.directory().toString())
                .replace("/var/spool/vmail", site.mail().toString());
    }

    /** Where it stands alone: 192.0.2.1 is no part of 192.0.2.10. */
    private static String replace(String text, String what, String by) {
        return text.replaceAll("(?<![0-9.])" + Pattern.quote(what) + "(?![0-9])", Matcher.quoteReplacement(by));
    }

    Site site() {
        return site;
    }

    ServerProcess server() {
        return server;
    }

    /** Where the only listener is, of a server that has a proxy in front. */
    InetSocketAddress behind() {
        return server.pop3("127.0.0.1");
    }

    boolean hasProxyInFront() {
        return !onlyLoopback;
    }

    /** Waits for each line of a page's excerpt from the log; {@code …} is any text. */
    void awaitLog(List<String> lines) {
        for (String line : lines) {
            Pattern pattern = pattern(translate(line));
            await().untilAsserted(() -> assertThat(server.log().lines())
                    .as("a line such as %s", pattern)
                    .anyMatch(logged -> pattern.matcher(logged).find()));
        }
    }

    /** {@code …} is any text. */
    static Pattern pattern(String text) {
        return Pattern.compile("\\Q" + text.replace("…", "\\E.*\\Q") + "\\E");
    }

    @Override
    public void close() {
        server.close();
    }
}
