package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.dns.internal.DnsReply;
import org.vmail.dns.internal.FakeDns;

/**
 * What the pages of {@code docs/scenarios} say, done: the packaged server runs with the file of each page, and its sessions
 * are had with it. {@link ScenariosInteropIT} does the same among the programs of others.
 */
class ScenariosIT {
    static final String MAIN_SERVER = "127.0.0.1:1110";

    @TempDir
    Path folder;

    /**
     * Has the sessions of a page one after the other, as a maildrop is for one at a time; those that are refused, which takes
     * a while, beside them. Then looks for what the page says of the log.
     */
    static void perform(Scenario scenario, List<Scenario.Block> sessions, ScenarioSite site) throws Exception {
        ExecutorService clients = Executors.newCachedThreadPool();
        try {
            List<Future<?>> refused = new ArrayList<>();
            for (Scenario.Block session : sessions) {
                if (session.text().contains("S: -ERR")) {
                    refused.add(clients.submit(() -> hold(session, site)));
                }
            }
            for (Scenario.Block session : sessions) {
                if (!session.text().contains("S: -ERR")) {
                    hold(session, site);
                }
            }
            for (Future<?> session : refused) {
                session.get();
            }
        } finally {
            clients.shutdownNow();
        }
        for (Scenario.Block log : scenario.blocks("log")) {
            site.awaitLog(log.lines());
        }
    }

    static Void hold(Scenario.Block session, ScenarioSite site) throws Exception {
        try {
            ShownSession.hold(session, site);
        } catch (AssertionError e) {
            throw new AssertionError(
                    session.text() + e.getMessage() + "\n" + site.server().log(), e);
        }
        return null;
    }

    static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    @Test
    void oneIpPerDomain() throws Exception {
        Scenario scenario = new Scenario("one-ip-per-domain");
        Site files = ScenarioSite.site(folder);
        try (FakeDns dns = FakeDns.answering(ScenariosIT::reverseZone);
                MainServer main = new MainServer(MainServer.Introduction.PROXY_HEADER);
                ScenarioSite site = ScenarioSite.start(
                        files,
                        scenario.toml(),
                        Map.of("192.0.2.53", text(dns.address()), MAIN_SERVER, text(main.address())))) {
            perform(scenario, scenario.blocks("pop3"), site);
            assertThat(main.clients()).contains(InetAddress.getByName("127.0.113.7"));

            main.stop();
            perform(scenario, scenario.blocks("pop3-without-main-server"), site);
            site.awaitLog(scenario.blocks("log-without-main-server").get(0).lines());
        }
    }

    /** The names of the machine's addresses; the last of them is in a zone whose server is broken. */
    static DnsReply reverseZone(FakeDns.Query query) {
        String host = query.name().substring(0, query.name().indexOf('.'));
        return switch (host) {
            case "1" -> query.reply().pointer(3600, "main.example");
            case "10" -> query.reply().pointer(3600, "mail.a.example");
            case "20" -> query.reply().pointer(3600, "pop.b.example");
            default -> query.reply().resultCode(2);
        };
    }

    @Test
    void oneIpForAll() throws Exception {
        Scenario scenario = new Scenario("one-ip-for-all");
        try (ScenarioSite site = ScenarioSite.start(ScenarioSite.site(folder), scenario.toml(), Map.of())) {
            perform(scenario, scenario.blocks("pop3"), site);
        }
    }

    @Test
    void oneIpForEverything() throws Exception {
        Scenario scenario = new Scenario("one-ip-for-everything");
        Site files = ScenarioSite.site(folder);
        try (MainServer main = new MainServer(MainServer.Introduction.XCLIENT);
                ScenarioSite site =
                        ScenarioSite.start(files, scenario.toml(), Map.of(MAIN_SERVER, text(main.address())))) {
            perform(scenario, scenario.blocks("pop3"), site);
            main.stop();
            perform(scenario, scenario.blocks("pop3-without-main-server"), site);
            site.awaitLog(scenario.blocks("log-without-main-server").get(0).lines());
        }
    }

    /** With headers as HAProxy sends them; those of TLS that ends there come from HAProxy itself only. */
    @Test
    void behindHaproxy() throws Exception {
        Scenario scenario = new Scenario("behind-haproxy");
        try (ScenarioSite site = ScenarioSite.behindProxy(ScenarioSite.site(folder), scenario.toml(), Map.of())) {
            perform(
                    scenario,
                    scenario.blocks("pop3").stream()
                            .filter(session -> !ShownSession.beginsWithTls(session))
                            .toList(),
                    site);
            try (Socket client =
                    new Socket(site.behind().getAddress(), site.behind().getPort())) {
                client.getOutputStream().write("CAPA\r\n".getBytes(US_ASCII));
                assertThat(ended(client)).isTrue();
            }
            for (String log : List.of("log-in-clear-text", "log-of-a-strange-address", "log-without-header")) {
                site.awaitLog(scenario.blocks(log).get(0).lines());
            }
        }
    }

    private static boolean ended(Socket client) throws IOException {
        try {
            return client.getInputStream().read() < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void serverNames() throws Exception {
        Scenario scenario = new Scenario("server-names");
        try (ScenarioSite site = ScenarioSite.start(ScenarioSite.site(folder), scenario.toml(), Map.of())) {
            perform(scenario, scenario.blocks("pop3"), site);
        }
    }

    @Test
    void replacingTheNativeDaemon() throws Exception {
        Scenario scenario = new Scenario("replacing-the-native-daemon");
        Site files = ScenarioSite.site(folder);
        Path system = Files.createDirectories(folder.resolve("system"));
        Files.createDirectories(system.resolve("own"));
        Path spool = Files.createDirectories(system.resolve("mail"));
        Files.writeString(
                system.resolve("passwd"), "joe:x:1001:1001::/home/joe:/bin/bash\nroot:x:0:0::/root:/bin/bash\n");
        Files.writeString(
                system.resolve("shadow"),
                "joe:%1$s:20000::::::\nroot:%1$s:20000::::::\n".formatted(Site.hash(Dovecot.PASSWORD)));
        Files.writeString(spool.resolve("joe"), mbox(3));
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put("/etc/passwd", system.resolve("passwd").toString());
        paths.put("/etc/shadow", system.resolve("shadow").toString());
        paths.put("/var/mail", spool.toString());
        paths.put("/var/lib/vmail/spool", system.resolve("own").toString());
        try (ScenarioSite site = ScenarioSite.start(files, scenario.toml(), paths)) {
            perform(scenario, scenario.blocks("pop3"), site);
            assertThat(Files.readString(spool.resolve("joe"))).isEqualTo(mbox(3));
        }
    }

    static String mbox(int messages) {
        StringBuilder mbox = new StringBuilder();
        for (int i = 1; i <= messages; i++) {
            mbox.append("From other@c.example Sun Nov 22 16:16:0%d 2026\nSubject: %d\n\nDear user\n\n".formatted(i, i));
        }
        return mbox.toString();
    }
}
