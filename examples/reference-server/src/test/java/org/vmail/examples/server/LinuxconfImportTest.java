package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.FileDirectory;
import org.vmail.directory.Quota;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.maildir.MaildirStore;

/** Linuxconf's files, taken over. */
class LinuxconfImportTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final String FIRST = """
            From x@b.example Sat Jan  3 01:05:34 1998
            Subject: one
            Status: RO

            first
            >From here

            """;
    private static final String SECOND = """
            From x@b.example Sat Jan  3 01:05:35 1998
            Subject: two

            second

            """;

    @TempDir
    Path folder;

    private Path etc;
    private Path spool;
    private Path config;

    @BeforeEach
    void files() throws IOException {
        etc = Files.createDirectory(folder.resolve("etc"));
        spool = Files.createDirectory(folder.resolve("spool"));
        Files.createDirectories(spool.resolve("files/a.example"));
        Files.createDirectory(spool.resolve("a.example"));
        for (String name : List.of("directory", "mail", "answers", "lmtp", "relay")) {
            Files.createDirectory(folder.resolve(name));
        }
        config = Files.writeString(folder.resolve("vmail.toml"), """
                directory = "%1$s/directory"
                mail = "%1$s/mail"

                [lmtp]
                listen = ["127.0.0.1:0"]
                spool-folder = "%1$s/lmtp"

                [relay]
                spool-folder = "%1$s/relay"

                [auto-replies]
                folder = "%1$s/answers"
                """.formatted(folder));
        write(etc, "passwd.a.example", """
                joe:x:60000:60000:Joe Who:/vhome/a.example/home/joe:/bin/false
                ann:x:60001:60000::/vhome/a.example/home/ann:/bin/false
                """);
        write(etc, "shadow.a.example", "joe:" + Site.hash("apple") + ":20000:0:99999:7:::\nann:*:20000::::::\n");
        Files.setPosixFilePermissions(etc.resolve("shadow.a.example"), PosixFilePermissions.fromString("rw-r-----"));
        write(etc, "aliases.a.example", "postmaster: joe\n");
        write(spool, "a.example/joe", FIRST + SECOND);
        write(spool, "a.example/joe.quota", "500\n");
        write(spool, "a.example/ann.quota", "0\n");
        write(spool, "files/a.example/joe.vacation", "Subject: away\n\naway\n");
        write(spool, "files/a.example/joe.vacation.db", "binary");
        write(spool, "files/a.example/info.auto", "Subject: info\n\ninfo\n");
    }

    private static void write(Path folder, String name, String text) throws IOException {
        Files.write(folder.resolve(name), text.getBytes(ISO_8859_1));
    }

    private Programs.Result run(String... options) {
        List<Object> arguments = new ArrayList<>(
                List.of("import-linuxconf", "--config", config, "--etc", etc, "--spool", spool, "--zone", "UTC"));
        arguments.addAll(List.of(options));
        return OwnCommand.run(arguments.toArray());
    }

    private FileDirectory directory() throws IOException {
        return FileDirectory.builder(folder.resolve("directory")).build();
    }

    private List<String> mailOf(MailAddress user) throws IOException {
        List<String> texts = new ArrayList<>();
        MaildirStore store = MaildirStore.under(folder.resolve("mail"));
        try (Maildrop maildrop = ((OpenResult.Opened) store.open(user)).maildrop()) {
            for (StoredMessage message : maildrop.messages()) {
                try (InputStream content = maildrop.content(message).orElseThrow()) {
                    texts.add(new String(content.readAllBytes(), ISO_8859_1));
                }
            }
        }
        return texts;
    }

    private static Map<String, String> tree(Path root) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                String text = Files.isDirectory(file) ? "folder" : new String(Files.readAllBytes(file), ISO_8859_1);
                texts.put(root.relativize(file).toString(), text);
            }
        }
        return texts;
    }

    @Test
    void aDryRunSaysWhatWouldBeDoneAndChangesNothing() throws Exception {
        Map<String, String> before = tree(folder);

        Programs.Result result = run("--dry-run").successful();

        assertThat(tree(folder)).isEqualTo(before);
        assertThat(result.output())
                .contains(
                        "a.example: 2 users, 1 aliases\n",
                        "joe@a.example: 2 messages, 1 of them read, 0 with a unique-id; 2 would be taken over\n",
                        "joe@a.example: would get quota=500k",
                        "a.example: 2 automatic answers would be taken over\n",
                        "a.example: would be hosted\n",
                        "nothing was changed; 0 problems\n");
    }

    @Test
    void everythingIsTakenOver() throws Exception {
        Map<String, String> source = tree(spool);

        run().successful();

        assertThat(mailOf(JOE))
                .containsExactly("Subject: one\r\n\r\nfirst\r\nFrom here\r\n", "Subject: two\r\n\r\nsecond\r\n");
        Account joe = directory().account(JOE).orElseThrow();
        assertThat(joe.quota()).contains(Quota.ofOctets(500 * 1024));
        assertThat(joe.fullName()).contains("Joe Who");
        assertThat(joe.passwordHash().isLocked()).isFalse();
        assertThat(directory()
                        .account(MailAddress.of("ann@a.example"))
                        .orElseThrow()
                        .quota())
                .contains(Quota.UNLIMITED);
        assertThat(directory().aliases(Domain.of("a.example"))).hasSize(1);
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder.resolve("directory/shadow.a.example"))))
                .isEqualTo("rw-r-----");
        assertThat(tree(folder.resolve("answers")))
                .containsEntry("a.example/joe.vacation", "Subject: away\n\naway\n")
                .containsEntry("a.example/joe.vacation.db", "")
                .containsEntry("a.example/info.auto", "Subject: info\n\ninfo\n");
        assertThat(tree(spool)).as("the source is as it was").isEqualTo(source);
        assertThat(OwnCommand.run("check", "--config", config).errors()).isEmpty();
    }

    @Test
    void theSecondRunTakesTheMailThatCameMeanwhileAndNothingElse() throws Exception {
        run().successful();
        directory().editor().removeUser(MailAddress.of("ann@a.example"));
        Files.delete(folder.resolve("answers/a.example/joe.vacation.db"));
        Files.writeString(
                spool.resolve("a.example/joe"),
                SECOND.replace("35 1998", "36 1998").replace("two", "three"),
                StandardOpenOption.APPEND);

        Programs.Result result = run().successful();

        assertThat(result.output()).contains("3 messages", "; 1 are taken over now", "is hosted already");
        assertThat(mailOf(JOE)).hasSize(3).last().asString().contains("three");
        assertThat(directory().account(MailAddress.of("ann@a.example"))).isEmpty();
        assertThat(folder.resolve("answers/a.example/joe.vacation.db"))
                .as("switched off since")
                .doesNotExist();
        assertThat(result.errors()).isEqualTo("ann@a.example: is no user here, so nothing is taken over\n");
        Map<String, String> before = tree(folder);
        assertThat(run("--dry-run").output()).contains("; 0 would be taken over");
        assertThat(tree(folder)).isEqualTo(before);
    }

    @Test
    void whatCannotBeTakenOverIsToldAndTheRestIs() throws Exception {
        write(etc, "passwd.a.example", """
                joe:x:1:2::/:/bin/false
                kim:x:1:2::/:/bin/false
                old:$9$x$unknown:1:2::/:/bin/false
                bad:*:1:2::/:/bin/false
                """);
        write(etc, "aliases.a.example", "pipe: |/bin/cat\nshell: \"|/bin/a | /bin/b\"\n");
        write(spool, "a.example/gone", FIRST);
        write(spool, "a.example/bad", "no mbox\n");
        write(spool, "a.example/bad.quota", "lots\n");
        write(spool, "a.example/joe", FIRST + SECOND + "x\n" + SECOND);
        Files.createSymbolicLink(spool.resolve("a.example/old"), spool.resolve("a.example/joe"));
        Files.createSymbolicLink(spool.resolve("files/a.example/joe.auto"), etc.resolve("shadow.a.example"));
        Files.createDirectory(spool.resolve("b.example"));

        Programs.Result result = run();

        assertThat(result.exitCode()).isEqualTo(65);
        assertThat(result.errors())
                .contains("user kim has no line in the shadow file")
                .contains("old@a.example: the hash is of a kind")
                .contains("pipe@a.example: its mail waits until")
                .contains("alias shell keeps its mail waiting")
                .contains("a.example/gone: this is nobody's")
                .contains("bad@a.example: " + spool.resolve("a.example/bad")
                        + " cannot be locked and read: It is no mbox")
                .contains("old@a.example: " + spool.resolve("a.example/old") + " cannot be locked and read: ")
                .contains(spool.resolve("b.example") + ": there is no passwd.b.example")
                .contains("joe.auto: is not a file")
                .contains("a.example/joe: 1 lines look as if a message began there")
                .contains("bad.quota is not a number")
                .doesNotContain("unknown", "$2b$");
        assertThat(mailOf(JOE)).hasSize(2);
        assertThat(directory().users(Domain.of("a.example"))).hasSize(4);
    }

    @Test
    void aRunThatWasKilledBeforeTheDomainWasHostedIsMadeGood() throws Exception {
        Path directory = folder.resolve("directory");
        write(directory, "shadow.a.example", "half");
        write(directory, ".passwd.a.example.new", "half");
        Files.createDirectory(folder.resolve("answers/a.example"));
        write(folder.resolve("answers/a.example"), "joe.vacation.db", "");

        run().successful();

        assertThat(tree(directory).keySet())
                .containsExactly(
                        "",
                        ".vmail-lock",
                        "accounts.a.example",
                        "aliases.a.example",
                        "passwd.a.example",
                        "shadow.a.example");
        assertThat(directory().problems()).isEmpty();
        assertThat(directory().account(JOE).orElseThrow().passwordHash().isLocked())
                .isFalse();
        assertThat(folder.resolve("answers/a.example/joe.vacation")).exists();
    }

    @Test
    void aLockedMboxIsTriedAgainLater() throws Exception {
        Path lock = Files.writeString(spool.resolve("a.example/joe.lock"), "1\n");

        Programs.Result result = run();
        assertThat(result.exitCode()).isEqualTo(75);
        assertThat(result.errors()).contains("joe@a.example: another program has");
        assertThat(result.output()).contains("a.example: is not hosted yet; try again");
        assertThat(directory().domains()).isEmpty();

        Files.delete(lock);
        run().successful();
        assertThat(mailOf(JOE)).hasSize(2);
    }

    @Test
    void aSessionThatHasTheMailboxIsWaitedForByTheNextRun() throws Exception {
        MaildirStore store = MaildirStore.under(folder.resolve("mail"));
        try (Maildrop session = ((OpenResult.Opened) store.open(JOE)).maildrop()) {
            assertThat(session.messages()).isEmpty();
            Programs.Result result = run();
            assertThat(result.exitCode()).isEqualTo(75);
            assertThat(result.errors()).contains("joe@a.example: a session has the mailbox");
        }
        run().successful();
        assertThat(mailOf(JOE)).hasSize(2);
    }

    @Test
    void aDomainThatCannotBeWrittenIsToldAndTheNextOneIsTakenOver() throws Exception {
        write(etc, "passwd.b.example", "kim:x:1:2::/:/bin/false\n");
        write(etc, "shadow.b.example", "kim:*:20000::::::\n");
        write(folder, "mail/a.example", "in the way");

        Programs.Result result = run();

        assertThat(result.exitCode()).isEqualTo(75);
        assertThat(result.errors())
                .contains("joe@a.example: stopped, to be tried again: " + folder.resolve("mail/a.example")
                        + " is not a folder");
        assertThat(directory().domains()).containsExactly(Domain.of("b.example"));
        Files.delete(folder.resolve("mail/a.example"));
        run().successful();
        assertThat(mailOf(JOE)).hasSize(2);
    }

    @Test
    void rootMakesNoMailboxesThatTheServerCouldNotRead() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")));
        Files.setOwner(
                folder.resolve("mail"),
                folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("daemon"));
        Programs.Result result = run();
        assertThat(result.exitCode()).isEqualTo(64);
        result.assertOneLine();
        assertThat(folder.resolve("mail")).isEmptyDirectory();
    }

    @Test
    void theOldMailFolderCannotBeTheNewOne() throws Exception {
        Files.writeString(config, Files.readString(config).replace("/mail\"", "/spool\""));
        Programs.Result result = run();
        assertThat(result.exitCode()).isEqualTo(64);
        result.assertOneLine();
    }

    @Test
    void filesThatAreUsedInPlaceStay() throws Exception {
        Files.writeString(config, Files.readString(config).replace("/directory\"", "/etc\""));
        Map<String, String> before = tree(etc);

        run().successful();

        Map<String, String> after = tree(etc);
        assertThat(after.remove("accounts.a.example")).isEqualTo("ann: quota=unlimited\njoe: quota=500k\n");
        after.remove(".vmail-lock");
        assertThat(after).isEqualTo(before);
        assertThat(mailOf(JOE)).hasSize(2);
    }

    @Test
    void everyOctetOfAMessageIsTakenOver() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        StringBuilder mbox = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            StringBuilder body = new StringBuilder();
            for (int line = random.nextInt(20); line > 0; line--) {
                body.append(random.nextInt(5) == 0 ? ">From " : "");
                for (int octet = random.nextInt(90); octet > 0; octet--) {
                    int value = random.nextInt(256);
                    body.append(value == '\n' || value == '\r' ? 'x' : (char) value);
                }
                body.append('\n');
            }
            String text = "Subject: " + i + "\n\n" + body + "end\n";
            mbox.append(String.format("From x Sat Jan  3 01:%02d:34 1998\n%s\n", i, text));
            String unquoted = text.replaceAll("(?m)^>(>*From )", "$1");
            expected.add(unquoted.replace("\n", "\r\n"));
        }
        write(spool, "a.example/joe", mbox.toString());

        run().successful();

        assertThat(mailOf(JOE)).as("seed %d", seed).isEqualTo(expected);
    }
}
