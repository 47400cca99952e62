package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.ReversePath;
import org.vmail.mailbox.Delivery;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsTrust;

/** With Python's reader of messages, and with Exim (Debian's exim4-daemon-light) as smart host. */
@Tag("interop")
class RelayInteropTest {
    private static final String READ_REPORT = """
            import sys, email, email.policy
            m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
            parts = list(m.iter_parts())
            print(m.get_content_type(), m.get_param('report-type'), m['auto-submitted'], m['to'], m['date'].datetime)
            print([p.get_content_type() for p in parts], sum(len(p.defects) for p in m.walk()))
            print('|'.join(str(x) for x in parts[0].get_content().split() if '@' in x))
            for block in parts[1].get_payload():
                for k in ('Reporting-MTA', 'Final-Recipient', 'Action', 'Status', 'Diagnostic-Code'):
                    if k in block: print(k, block[k])
            print(parts[2].get_payload()[0]['subject'], parts[2].get_payload()[0].get_content().strip())
            """;

    @TempDir
    private Path folder;

    private final RecordingHop hop = new RecordingHop();

    @Test
    void othersReadOurReports() throws Exception {
        hop.refuse("ann@b.example").refuse("jörg@b.example");
        try (SpoolRelay relay = open(hop, SpoolOptions.defaults().withHostName("us.example"))) {
            submit(
                    relay,
                    "Subject: grüße\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nböse\r\n",
                    "ann@b.example",
                    "jörg@b.example");
            while (relay.attemptNext()) {}
        }
        String report = hop.taken("joe@a.example").findFirst().orElseThrow().text();

        assertThat(run(report, "python3", "-c", READ_REPORT).lines().toList())
                .containsExactly(
                        "multipart/report delivery-status auto-replied joe@a.example 2026-11-22 08:00:00+00:00",
                        "['text/plain', 'message/delivery-status', 'message/rfc822'] 0",
                        "<ann@b.example>|<jörg@b.example>",
                        "Reporting-MTA dns; us.example",
                        "Final-Recipient rfc822; ann@b.example",
                        "Action failed",
                        "Status 5.1.1",
                        "Diagnostic-Code smtp; 550 5.1.1 no such user",
                        "Final-Recipient utf-8; j\\x{F6}rg@b.example",
                        "Action failed",
                        "Status 5.1.1",
                        "Diagnostic-Code smtp; 550 5.1.1 no such user",
                        "grüße böse");
    }

    @Test
    void anotherProcessCannotUseTheSpool() throws Exception {
        String lock = "import fcntl,sys\ntry:\n fcntl.lockf(open(sys.argv[1],'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
                + " print('free')\nexcept OSError: print('taken')";
        String file = folder.resolve("spool/lock").toString();
        try (SpoolRelay relay = open(hop, SpoolOptions.defaults())) {
            assertThat(relay.messages()).isZero();
            assertThat(run("", "python3", "-c", lock, file).strip()).isEqualTo("taken");
        }
        assertThat(run("", "python3", "-c", lock, file).strip()).isEqualTo("free");
    }

    @Test
    void eximTakesMailOverTls() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        TestCertificate.rsa("localhost").write(folder, "exim");
        Files.setPosixFilePermissions(folder.resolve("exim.key"), PosixFilePermissions.fromString("rw-r--r--"));
        int port = freePort();
        Path configuration = Files.writeString(folder.resolve("exim.conf"), configuration(port));
        Process exim = new ProcessBuilder("/usr/sbin/exim4", "-C", configuration.toString(), "-bdf")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("exim.out").toFile())
                .start();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try {
            Awaitility.await().until(() -> answers(address));
            SmartHost host = SmartHost.at(address)
                    .withHostName("us.example")
                    .withStartTls(
                            TlsTrust.authorities(folder.resolve("exim.crt")).withHostName("localhost"));
            try (SpoolRelay relay = open(host, SpoolOptions.defaults().withHostName("us.example"))) {
                submit(relay, "Subject: x\r\n\r\n.\r\n..b\u00f6\rc\r\n", "ann@b.example", "nobody@b.example");
                while (relay.attemptNext()) {}
                assertThat(relay.messages())
                        .as(Files.readString(folder.resolve("main.log")))
                        .isZero();
            }
        } finally {
            exim.destroy();
            exim.waitFor(10, TimeUnit.SECONDS);
            exim.destroyForcibly();
        }

        String log = Files.readString(folder.resolve("main.log"));
        assertThat(log).contains("rejected RCPT <nobody@b.example>: no such user", " X=TLS1.3:", "<= <> ");
        List<String> bodies;
        try (Stream<Path> files = Files.walk(folder.resolve("exim/input"))) {
            bodies = files.filter(file -> file.toString().endsWith("-D"))
                    .map(RelayInteropTest::read)
                    .toList();
        }
        assertThat(bodies).hasSize(2);
        assertThat(bodies).anyMatch(body -> body.endsWith("-D\n.\n..b\u00f6 c\n"));
        assertThat(bodies).anyMatch(body -> body.contains("Final-Recipient: rfc822; nobody@b.example"));
    }

    private String configuration(int port) {
        return """
                primary_hostname = exim.example
                local_interfaces = 127.0.0.1
                daemon_smtp_ports = %d
                spool_directory = %s/exim
                log_file_path = %s/%%s.log
                pid_file_path = %s/pid
                tls_advertise_hosts = *
                tls_certificate = %s/exim.crt
                tls_privatekey = %s/exim.key
                log_selector = +tls_cipher
                queue_only = true
                host_lookup =
                rfc1413_hosts =
                acl_smtp_rcpt = check
                begin acl
                check:
                  deny message = no such user
                       local_parts = nobody
                  accept
                begin routers
                begin transports
                """.formatted(port, folder, folder, folder, folder, folder);
    }

    private SpoolRelay open(NextHop nextHop, SpoolOptions options) throws IOException {
        Clock clock = nextHop == hop ? new SettableClock() : Clock.systemUTC();
        return new SpoolRelay(
                folder.resolve("spool"), nextHop, options, new SpoolListener() {}, clock, new SpoolFiles());
    }

    private static void submit(SpoolRelay relay, String text, String... to) throws IOException {
        List<MailAddress> recipients = Stream.of(to).map(MailAddress::of).toList();
        try (Delivery delivery = relay.begin(new Envelope(new ReversePath("joe@a.example"), recipients))) {
            delivery.message().write(text.getBytes(UTF_8));
            delivery.commit();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean answers(InetSocketAddress address) {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            return socket.getInputStream().read() == '2';
        } catch (IOException notYet) {
            return false;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(String input, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PYTHONIOENCODING", "utf-8");
        Process process = builder.start();
        process.getOutputStream().write(input.getBytes(UTF_8));
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
