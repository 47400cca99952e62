package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** vmail in front of a HAProxy that demands a PROXY header and passes it on to the main domain's server. */
@Tag("interop")
class ProxyHeaderOutIT {
    private static final String CLIENT = "127.0.113.7";
    private static final String TARGET = "127.0.2.10";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"early, v1", "early, v2", "late, v1", "late, v2"})
    void haproxyAndWhoIsBehindItLearnWhoTheClientIs(String chain, String version) throws Exception {
        Programs.require("haproxy");
        Loopback.requireAddresses(CLIENT, TARGET);
        Site site = Site.create(folder, "ours");
        int port = Loopback.freePort("127.0.0.1");
        try (MainServer main = new MainServer(MainServer.Introduction.PROXY_HEADER);
                Haproxy haproxy = haproxy(port, main);
                ServerProcess server = ServerProcess.start(config(site, chain, version, port))) {
            InetSocketAddress target = server.pop3(TARGET);
            assertThat(session(target)).contains("\r\n+OK 3 ").doesNotContain("-ERR");

            assertThat(main.clients()).contains(InetAddress.getByName(CLIENT));
            await().untilAsserted(() -> assertThat(haproxy.log())
                    .containsPattern("client=" + CLIENT + ":\\d+ target=" + TARGET + ":" + target.getPort()));
        }
    }

    private Haproxy haproxy(int port, MainServer main) throws IOException {
        return Haproxy.start(folder, """
                frontend main
                  bind 127.0.0.1:%d accept-proxy
                  log-format "client=%%ci:%%cp target=%%fi:%%fp"
                  default_backend main
                backend main
                  server main %s check inter 100ms send-proxy-v2
                """.formatted(port, ScenariosIT.text(main.address())), 1);
    }

    private Path config(Site site, String chain, String version, int port) throws IOException {
        String table = chain.equals("early")
                ? "[native-daemon]\ntcp = \"127.0.0.1:%d\"\n"
                : "[late-chain]\nmain-domain = \"main.example\"\nserver = \"127.0.0.1:%d\"\n";
        return Files.writeString(folder.resolve("vmail.toml"), """
                directory = "%s"
                mail = "%s"
                [pop3]
                listen = ["%s:0"]
                [domain-choice.reverse-lookup]
                enabled = false
                %sproxy-header = "%s"
                """.formatted(
                        site.directory(), site.mail(), TARGET, table.formatted(port), version));
    }

    private static String session(InetSocketAddress server) throws IOException {
        try (Socket socket = new Socket(server.getAddress(), server.getPort(), InetAddress.getByName(CLIENT), 0)) {
            socket.setSoTimeout(20_000);
            String commands = "USER joe\r\nPASS " + Dovecot.PASSWORD + "\r\nSTAT\r\nQUIT\r\n";
            socket.getOutputStream().write(commands.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }
}
