package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;

/**
 * Debian's Dovecot and Courier serve a Maildir; then vmail serves it with their unique-ids. Both run on standard input and
 * output, logged in already.
 */
@Tag("interop")
class OldServersTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final Path DOVECOT = Path.of("/usr/lib/dovecot/pop3");
    /** Debian's packages of the two servers cannot be installed together, so the folder of Courier's can be told. */
    private static final Path COURIER =
            Path.of(System.getProperty("vmail.courier", "/usr/lib/courier/courier") + "/courierpop3d");

    @TempDir
    Path root;

    private Path mailbox;

    @BeforeEach
    void makeMessages() throws IOException {
        open().close();
        mailbox = root.resolve("a.example/joe");
        Random random = new Random(3);
        for (int i = 0; i < 30; i++) {
            String name = (1_700_000_000 + 7 * i) + ".M" + (100_000 + random.nextInt(800_000)) + "P" + i + ".host";
            String text = "Subject: " + i + "\n\n" + "line\n".repeat(random.nextInt(5));
            String sizes = i % 3 == 0 ? "" : ",S=" + text.length();
            boolean seen = i % 4 == 0;
            Files.writeString(mailbox.resolve(seen ? "cur/" + name + sizes + ":2,S" : "new/" + name + sizes), text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%08Xu%08Xv",
                "%v-%u",
                "%v.%u",
                "%f",
                "%g",
                "%Mf",
                "%u-%5Mf",
                "%08XLu%XUv",
                "a%%b%u",
                "%u-%2v",
                "%012Xv%03u"
            })
    void messagesKeepTheUniqueIdsOfDovecot(String format) throws Exception {
        List<String> sent = dovecot(format, false);
        assertThat(sent).hasSize(30);
        assertImports(UniqueIdSource.dovecot(format), sent);
    }

    @Test
    void messagesKeepTheUniqueIdsThatDovecotSaved() throws Exception {
        List<String> saved = dovecot("%v.%u", true);
        assertThat(dovecot("%f", false))
                .as("Dovecot itself sends what it saved")
                .isEqualTo(saved);
        assertImports(UniqueIdSource.dovecot("%f"), saved);
    }

    @Test
    void messagesKeepTheUniqueIdsOfCourier() throws Exception {
        List<String> sent = courier();
        assertThat(sent).hasSize(30).allMatch(id -> id.startsWith("UID"));
        assertImports(UniqueIdSource.courier(), sent);
    }

    @Test
    void messagesKeepTheNamesThatCourierSendsForOldOnes() throws Exception {
        courier();
        Path list = mailbox.resolve("courierpop3dsizelist");
        Files.writeString(
                list, Files.readString(list, US_ASCII).replaceAll("(?m) [0-9]*[02468]:[0-9]+:0$", " 0:0:0"), US_ASCII);
        List<String> sent = courier();
        assertThat(sent).hasSize(30).anyMatch(id -> id.startsWith("17")).anyMatch(id -> id.startsWith("UID"));
        assertImports(UniqueIdSource.courier(), sent);
    }

    private void assertImports(UniqueIdSource source, List<String> sent) throws IOException {
        assertThat(MaildirStore.under(root).importUniqueIds(JOE, source)).isEqualTo(new ImportResult.Imported(30, 0));
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages().stream()
                            .map(message -> message.uniqueId().value()))
                    .containsExactlyElementsOf(sent);
        }
    }

    private Maildrop open() throws IOException {
        return ((OpenResult.Opened) MaildirStore.under(root).open(JOE)).maildrop();
    }

    private List<String> dovecot(String format, boolean save) throws Exception {
        assumeTrue(Files.isExecutable(DOVECOT), "needs dovecot-pop3d");
        Path settings = Files.writeString(
                root.resolve("dovecot.conf"), """
                protocols = pop3
                base_dir = %s/run
                mail_location = maildir:%s
                log_path = %s/log
                first_valid_uid = 1
                ssl = no
                pop3_save_uidl = %s
                pop3_uidl_format = %s
                """.formatted(root, mailbox, root, save ? "yes" : "no", format));
        letNobodyIn();
        // Dovecot refuses to serve mail as root.
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        }
        command.addAll(List.of(DOVECOT.toString(), "-c", settings.toString()));
        return uniqueIds(command, Map.of("USER", "nobody", "HOME", root.toString()));
    }

    private List<String> courier() throws Exception {
        assumeTrue(Files.isExecutable(COURIER), "needs courier-pop, or -Dvmail.courier=FOLDER");
        return uniqueIds(
                List.of(COURIER.toString(), mailbox.toString()),
                Map.of("AUTHENTICATED", "joe", "MAILDIR", mailbox.toString()));
    }

    private void letNobodyIn() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(
                        file, PosixFilePermissions.fromString(Files.isDirectory(file) ? "rwxrwxrwx" : "rw-rw-rw-"));
            }
        }
    }

    private List<String> uniqueIds(List<String> command, Map<String, String> environment) throws Exception {
        // Pipes, for Dovecot refuses files as its standard input and output.
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectError(root.resolve("errors").toFile());
        builder.environment().putAll(environment);
        Process server = builder.start();
        try (OutputStream commands = server.getOutputStream()) {
            commands.write("UIDL\r\nQUIT\r\n".getBytes(US_ASCII));
        }
        List<String> replies = server.inputReader(US_ASCII).lines().toList();
        assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exitValue())
                .as("It said: %s", Files.readString(root.resolve("errors")))
                .isZero();
        return replies.stream()
                .filter(line -> line.matches("[0-9]+ .+"))
                .map(line -> line.substring(line.indexOf(' ') + 1))
                .toList();
    }
}
