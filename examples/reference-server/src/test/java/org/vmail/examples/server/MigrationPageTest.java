package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.directory.FileDirectory;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.maildir.MaildirStore;

/** What {@code docs/guide/migration.md} says to type, typed in its order, below a folder instead of {@code /}. */
@Timeout(120)
class MigrationPageTest {
    private static final Path PAGE = Path.of("../../docs/guide/migration.md");
    private static final Pattern ABSOLUTE = Pattern.compile("(?<=[\\s\"])/(?=(?:srv|etc|var|home)/)");

    @TempDir
    Path folder;

    @BeforeEach
    void theServersBefore() throws IOException {
        write("etc/vmail/passwd.a.example", """
                joe:x:60000:60000:Joe Who:/vhome/a.example/home/joe:/bin/false
                ann:x:60001:60000::/vhome/a.example/home/ann:/bin/false
                """);
        write("etc/vmail/shadow.a.example", "joe:" + Site.hash("apple") + ":20000:0:99999:7:::\nann:*:20000::::::\n");
        write("etc/vmail/aliases.a.example", "postmaster: joe\n");
        write("var/spool/vmail/a.example/joe", """
                From x@b.example Sat Jan  3 01:05:34 1998
                Subject: one
                Status: RO

                first

                From x@b.example Sat Jan  3 01:05:35 1998
                Subject: two

                second
                """);
        write("var/spool/vmail/a.example/joe.quota", "500\n");
        write("var/spool/vmail/files/a.example/joe.vacation", "Subject: away\n\naway\n");
        write("var/spool/vmail/files/a.example/info.auto", "Subject: info\n\ninfo\n");

        write("etc/virtual/b.example/passwd", "joe:" + Site.hash("banana") + "\n");
        write("var/spool/virtual/b.example/joe", "From x Sat Jan  3 01:05:34 1998\nX-UIDL: qp1\nSubject: b\n\nb\n");

        maildir("var/vmail/c.example/joe/Maildir");
        write(
                "var/vmail/c.example/joe/Maildir/dovecot-uidlist",
                "3 V1700000000 N8 Gabc\n7 G0123456789 :1700000001.M1P1.host\n");
        maildir("home/vmail/d.example/joe/Maildir");
        write(
                "home/vmail/d.example/joe/Maildir/courierpop3dsizelist",
                "/3 8 1700000000\n1700000001.M1P1.host 12 7:1700000000:0\n");
        maildir("home/vpopmail/domains/e.example/joe/Maildir");
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.resolveSibling(".").normalize());
        Files.writeString(file, text, ISO_8859_1);
    }

    private void maildir(String name) throws IOException {
        for (String part : List.of("tmp", "new", "cur")) {
            Files.createDirectories(folder.resolve(name).resolve(part));
        }
        write(name + "/cur/1700000001.M1P1.host:2,S", "Subject: x\n\n");
    }

    private static List<String> blocks(String language) throws IOException {
        return Pattern.compile("(?s)```" + language + "\n(.*?)```\n")
                .matcher(Files.readString(PAGE))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private String here(String text) {
        return ABSOLUTE.matcher(text).replaceAll(folder + "/");
    }

    /** The commands of a block; the shell ends at the first that fails. */
    private Programs.Result type(String block) throws Exception {
        String vmail = """
                set -eu -o pipefail
                java() {
                    test "$1 $2" = '-jar vmail.jar'
                    shift 2
                    '%s/bin/java' -XX:TieredStopAtLevel=1 -cp '%s' %s "$@"
                }
                """.formatted(
                        System.getProperty("java.home"), System.getProperty("java.class.path"), Main.class.getName());
        ProcessBuilder shell = Programs.builder(List.of("bash", "-c", vmail + here(block)));
        return Programs.run(shell.directory(folder.toFile()), new byte[0]).successful();
    }

    private List<String> uniqueIds(String account) throws IOException {
        List<String> ids = new ArrayList<>();
        MaildirStore store = MaildirStore.under(folder.resolve("srv/vmail/mail"));
        try (Maildrop maildrop = ((OpenResult.Opened) store.open(MailAddress.of(account))).maildrop()) {
            for (StoredMessage message : maildrop.messages()) {
                ids.add(message.uniqueId().value());
            }
        }
        return ids;
    }

    @Test
    void everyCommandOfThePageWorks() throws Exception {
        write("srv/vmail/vmail.toml", here(blocks("toml").get(0)));
        List<String> said = new ArrayList<>();
        for (String block : blocks("shell")) {
            Programs.Result result = type(block);
            assertThat(result.errors()).as(block).isEmpty();
            said.add(result.output());
        }

        assertThat(blocks("text")).as("what the dry run says").contains(said.get(1));
        assertThat(said.get(2)).contains("2 are taken over now", "a.example: is hosted now");
        assertThat(said.get(3)).contains("0 are taken over now", "is hosted already");
        assertThat(uniqueIds("joe@a.example")).hasSize(2);
        assertThat(uniqueIds("joe@b.example")).containsExactly("qp1");
        assertThat(uniqueIds("joe@c.example")).as("the last format").containsExactly("0123456789");
        assertThat(uniqueIds("joe@d.example")).containsExactly("UID7-1700000000");
        assertThat(uniqueIds("joe@e.example")).containsExactly("1700000001.M1P1.host");
        FileDirectory directory =
                FileDirectory.builder(folder.resolve("srv/vmail/accounts")).build();
        assertThat(directory.problems()).isEmpty();
        assertThat(directory.domains()).hasSize(5);
        for (String domain : List.of("a", "b", "c", "d", "e")) {
            assertThat(directory
                            .account(MailAddress.of("joe@" + domain + ".example"))
                            .orElseThrow()
                            .passwordHash()
                            .isLocked())
                    .isFalse();
        }
        try (Stream<Path> left = Files.list(folder.resolve("var/spool/vmail/a.example"))) {
            assertThat(left.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("joe", "joe.quota");
        }
    }

    @Test
    void everythingToTypeIsTypedHere() throws Exception {
        String page = Files.readString(PAGE);
        assertThat(page).doesNotContain("```sh\n", "```console", "```bash");
        assertThat(blocks("shell")).hasSizeGreaterThan(5);
    }
}
