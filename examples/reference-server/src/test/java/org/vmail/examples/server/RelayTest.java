package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.domain.ReverseLookup;

/** Mail that leaves the reference server, over real sockets, and the settings for it. */
@Timeout(120)
class RelayTest {
    private static final byte[] MESSAGE =
            "To: far@a.example, joe@a.example\r\nSubject: hello\r\n\r\nhi\r\n".getBytes(ISO_8859_1);

    @TempDir
    private Path folder;

    private Site site;
    private SmtpSink sink;

    @BeforeEach
    void create() throws IOException {
        site = Site.create(folder, "joe", "ann");
        sink = new SmtpSink();
        site.alias("a.example", "far: someone@far.example, other@far.example");
        site.alias("a.example", "gone: refused@far.example");
    }

    @AfterEach
    void close() throws IOException {
        sink.close();
    }

    private Settings settings(String more) throws Exception {
        return SettingsFile.read(config(more));
    }

    private Path config(String more) throws IOException {
        Path config = site.config(Optional.empty());
        return Files.writeString(config, Files.readString(config) + "\n" + more);
    }

    private String relay(String more) {
        return "[relay]\nspool-folder = \"%s\"\nsmart-host = \"%s\"\nour-name = \"us.example\"\n%s\n"
                .formatted(folder.resolve("relay"), sink.address(), more);
    }

    private ReferenceServer start(String more) throws Exception {
        return ReferenceServer.start(settings(more), ReverseLookup.system());
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    private static Lmtp client(ReferenceServer server) throws IOException {
        return new Lmtp(server.lmtpAddresses().get(0));
    }

    @Test
    void aMemberElsewhereGetsTheMessageOnceWithTheSender() throws Exception {
        try (ReferenceServer server = start(relay(""));
                Lmtp client = client(server)) {
            client.deliver("far@a.example", MESSAGE);

            SmtpSink.Mail mail = sink.next();
            assertThat(mail.from()).startsWith("MAIL FROM:<ann@far.example>");
            assertThat(mail.to())
                    .satisfiesExactly(
                            to -> assertThat(to).startsWith("RCPT TO:<someone@far.example>"),
                            to -> assertThat(to).startsWith("RCPT TO:<other@far.example>"));
            assertThat(mail.text()).contains("Delivered-To: far@a.example\n", "Subject: hello\n");
        }
        assertThat(sink.isEmpty()).isTrue();
        try (Stream<Path> left = Files.list(folder.resolve("relay").resolve("queue"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatIsRefusedElsewhereIsReportedToTheSender() throws Exception {
        try (ReferenceServer server = start(relay(""));
                Lmtp client = client(server)) {
            client.deliver("gone@a.example", MESSAGE);

            SmtpSink.Mail report = sink.next();
            assertThat(report.from()).startsWith("MAIL FROM:<>");
            assertThat(report.to()).singleElement().asString().startsWith("RCPT TO:<ann@far.example>");
            assertThat(report.text()).contains("multipart/report", "refused@far.example", "5.1.1");
        }
    }

    @Test
    void aVacationAndAnAutoResponderAnswerOnce() throws Exception {
        Path answers = Files.createDirectories(folder.resolve("files").resolve("a.example"));
        Files.writeString(answers.resolve("joe.vacation"), "Subject: away\n\n");
        Files.createFile(answers.resolve("joe.vacation.db"));
        Files.writeString(answers.resolve("info.auto"), "Subject: prices\n\n");
        String replies = "[auto-replies]\nfolder = \"" + folder.resolve("files") + "\"\n";
        try (ReferenceServer server = start(relay("") + replies);
                Lmtp client = client(server)) {
            client.deliver("joe@a.example", MESSAGE);
            client.deliver("joe@a.example", MESSAGE);
            client.deliver("info@a.example", MESSAGE);

            SmtpSink.Mail first = sink.next();
            SmtpSink.Mail second = sink.next();
            assertThat(first.to()).singleElement().asString().startsWith("RCPT TO:<ann@far.example>");
            assertThat(first.text() + second.text()).contains("Subject: away\n", "Subject: prices\n");
        }
        assertThat(sink.isEmpty()).isTrue();
    }

    @Test
    void aForwardedMessageHasASenderOfOursAndItsReportsComeBack() throws Exception {
        String rewriting = "sender-rewriting-domain = \"a.example\"\nsender-rewriting-secret-file = \"%s\"\n"
                .formatted(folder.resolve("secret"));
        try (ReferenceServer server = start(relay(rewriting));
                Lmtp client = client(server)) {
            client.deliver("far@a.example", MESSAGE);

            String from = sink.next().from();
            assertThat(from).matches("MAIL FROM:<SRS0=.*=far\\.example=ann@a\\.example>.*");
            client.deliver(from.substring(from.indexOf('<') + 1, from.indexOf('>')), MESSAGE);
            assertThat(sink.next().to()).singleElement().asString().startsWith("RCPT TO:<ann@far.example>");
        }
    }

    @Test
    void theSpoolIsTheServersAndTheCommandLetsMailWait() throws Exception {
        Path config = config(relay(""));
        try (ReferenceServer server = ReferenceServer.start(SettingsFile.read(config), ReverseLookup.system())) {
            Programs.Result result = OwnCommand.runWith(
                    "Subject: x\n\n", "deliver", "--config", config, "-f", "ann@far.example", "-d", "far@a.example");

            assertThat(result.exitCode()).isEqualTo(75);
            assertThat(result.output().lines()).anyMatch(line -> line.startsWith("4.3.5 "));
            assertThatThrownBy(() -> ReferenceServer.start(SettingsFile.read(config), ReverseLookup.system())
                            .close())
                    .isInstanceOf(IOException.class);
            assertThat(server.lmtpAddresses()).hasSize(1);
        }
        assertThat(sink.isEmpty()).isTrue();
    }

    @Test
    void whatWaitsIsSentByTheNextServer() throws Exception {
        String often = "min-retry-interval = \"100ms\"\nmax-retry-interval = \"100ms\"\npause = \"100ms\"\n";
        String away;
        try (SmtpSink closed = new SmtpSink()) {
            away = closed.address();
        }
        try (ReferenceServer server = start(relay(often).replace(sink.address(), away));
                Lmtp client = client(server)) {
            client.deliver("far@a.example", MESSAGE);
        }
        assertThat(sink.isEmpty()).isTrue();

        try (ReferenceServer server = start(relay(often))) {
            assertThat(server.lmtpAddresses()).hasSize(1);
            assertThat(sink.next().to()).hasSize(2);
        }
        assertThat(sink.isEmpty()).isTrue();
    }

    @Test
    void aReportToAUserOfOursTakesNoWayRound() throws Exception {
        try (ReferenceServer server = start(relay(""));
                Lmtp client = client(server)) {
            client.deliver("ann@b.example", "gone@a.example", MESSAGE);
            Path mailbox = site.mailbox("ann", "b.example").resolve("new");
            await().until(() -> Files.isDirectory(mailbox) && !isEmpty(mailbox));

            try (Stream<Path> mail = Files.list(mailbox)) {
                assertThat(mail)
                        .singleElement()
                        .satisfies(report -> assertThat(Files.readString(report, ISO_8859_1))
                                .startsWith("Return-Path: <>\n")
                                .contains("multipart/report", "refused@far.example"));
            }
        }
        assertThat(sink.isEmpty()).isTrue();
    }

    @Test
    void theCommandLetsMailWaitThatOnlyTheServerCanAnswer() throws Exception {
        Path answers = Files.createDirectories(folder.resolve("files").resolve("a.example"));
        Files.writeString(answers.resolve("info.auto"), "Subject: prices\n\n");
        Path config = config(relay("") + "[auto-replies]\nfolder = \"" + folder.resolve("files") + "\"\n");

        assertThat(OwnCommand.runWith("Subject: x\n\n", "deliver", "--config", config, "-d", "info@a.example")
                        .exitCode())
                .isEqualTo(75);
        assertThat(OwnCommand.runWith("Subject: x\n\n", "deliver", "--config", config, "-d", "nobody@a.example")
                        .exitCode())
                .isEqualTo(67);
    }

    @Test
    void theCommandGivesMailToSendmail() throws Exception {
        Path got = folder.resolve("got");
        Path program =
                Files.writeString(folder.resolve("sendmail"), "#!/bin/sh\necho \"$@\" > " + got + "\ncat >> " + got);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Path config = config("[relay]\nsendmail = [\"" + program + "\"]\n");

        OwnCommand.runWith(
                        "Subject: x\n\n", "deliver", "--config", config, "-f", "ann@far.example", "-d", "far@a.example")
                .successful();

        assertThat(Files.readString(got))
                .contains("-f ann@far.example", "someone@far.example", "Delivered-To: far@a.example");
    }

    @Test
    void checkNamesWhatCannotBeUsed() throws Exception {
        Path config = config("""
                [relay]
                spool-folder = "%1$s/none/relay"
                sender-rewriting-domain = "a.example"
                sender-rewriting-secret-file = "%1$s/none/secret"
                [auto-replies]
                folder = "%1$s/none"
                """.formatted(folder));

        Programs.Result result = OwnCommand.run("check", "--config", config.toString());

        assertThat(result.exitCode()).isEqualTo(78);
        assertThat(result.errors())
                .contains("relay.spool-folder", "relay.sender-rewriting-secret-file", "auto-replies.folder");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "[relay]; spool-folder",
                "[relay]\\nsendmail = [\"/x\"]\\nspool-folder = \"/y\"; spool-folder",
                "[relay]\\nspool-folder = \"/y\"\\nlogin = \"joe\"; password-file",
                "[relay]\\nspool-folder = \"/y\"\\nlogin = \"joe\"\\npassword-file = \"/none\"; cannot be read",
                "[relay]\\nspool-folder = \"/y\"\\nencryption = \"stls\"; starttls",
                "[relay]\\nspool-folder = \"/y\"\\nhost-name = \"x.example\"; encryption",
                "[relay]\\nspool-folder = \"/y\"\\nmin-retry-interval = \"2d\"; retry",
                "[relay]\\nspool-folder = \"/y\"\\nsender-rewriting-domain = \"a.example\"; secret",
                "[relay]\\nspool-folder = \"/y\"\\nother = 1; other",
                "[auto-replies]\\nfolder = \"/y\"; relay"
            })
    void whatMakesNoSenseIsRefused(String toml, String problem) {
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> settings(toml.replace("\\n", "\n")))
                .withMessageContaining(problem);
    }

    @Test
    void aPasswordDoesNotCrossTheNetworkInClearText() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "secret\n");
        String login = "[relay]\nspool-folder = \"/y\"\nlogin = \"joe\"\npassword-file = \"" + password + "\"\n";

        assertThat(settings(login + "encryption = \"none\"").relay()).isPresent();
        assertThat(settings(login + "encryption = \"tls\"\nsmart-host = \"mail.example:465\"")
                        .relay())
                .isPresent()
                .get()
                .asString()
                .doesNotContain("secret");
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> settings(login + "encryption = \"none\"\nsmart-host = \"192.0.2.1:25\""))
                .withMessageContaining("clear text");
    }
}
