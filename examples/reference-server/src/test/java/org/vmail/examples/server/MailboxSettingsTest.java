package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.MailboxesByDomain;
import org.vmail.mailbox.Maildrop;

/** Where mailboxes are, as the configuration says: for all domains, and for one. */
class MailboxSettingsTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress ANN = MailAddress.of("ann@b.example");

    @TempDir
    Path folder;

    private Path root;

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createDirectory(folder.resolve("mail"));
    }

    private Settings settings(String more) throws Exception {
        return SettingsFile.read(Files.writeString(
                folder.resolve("vmail.toml"), "directory = \"/etc/vmail\"\nmail = \"" + root + "\"\n" + more));
    }

    private MailboxesByDomain mail(String more) throws Exception {
        return ReferenceServer.mailboxes(
                settings(more),
                Directory.inMemory()
                        .account(JOE.toString(), "x")
                        .account(ANN.toString(), "x")
                        .build());
    }

    @Test
    void aTemplateHoldsForAllDomains() throws Exception {
        MailboxesByDomain mail = mail("[mailboxes]\npath = \"%d/%1u/%u\"\n");
        assertThat(delivered(mail, JOE)).isOne();
        assertThat(root.resolve("a.example/j/joe/new")).isNotEmptyDirectory();
    }

    @Test
    void aDomainCanHaveAnotherFormatAndPlace() throws Exception {
        MailboxesByDomain mail = mail("""
                [domains."b.example"]
                mailbox-format = "mbox"
                mail-path = "%d/mbox/%1u/%u"
                quota-octets = 20
                """);
        assertThat(delivered(mail, JOE)).isOne();
        assertThat(delivered(mail, ANN)).isOne();
        assertThat(root.resolve("a.example/joe/new")).isNotEmptyDirectory();
        assertThat(root.resolve("b.example/mbox/a/ann")).isNotEmptyFile();
        assertThat(mail.overQuota(JOE, 100)).isEmpty();
        Files.writeString(root.resolve("b.example/mbox/a/ann.quota"), "1");
        assertThat(mail.overQuota(ANN, 2000)).isPresent();
        assertThat(mail.begin(ANN, 2000)).isInstanceOf(BeginResult.OverQuota.class);
    }

    @Test
    void aFormatAloneKeepsThePlace() throws Exception {
        MailboxesByDomain mail = mail("""
                [mailboxes]
                format = "mbox"
                path = "%d/%1u/%u"
                [domains."b.example"]
                mailbox-format = "maildir"
                """);
        assertThat(delivered(mail, JOE)).isOne();
        assertThat(delivered(mail, ANN)).isOne();
        assertThat(root.resolve("a.example/j/joe")).isNotEmptyFile();
        assertThat(root.resolve("b.example/a/ann/new")).isNotEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({
        "%u, '', mailboxes.path",
        "%d/%u, %d/%1u, mail-path",
        "%d/%u, a.example/%u/%d, lest it lead to mailboxes of other domains",
        "x/%d/%u, %d/%u, has to begin with x/%d"
    })
    void aPathThatCouldLeadToMailOfOthersIsRefused(String path, String ofDomain, String problem) {
        String own = ofDomain.isEmpty() ? "" : "[domains.\"b.example\"]\nmail-path = \"" + ofDomain + "\"\n";
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> settings("[mailboxes]\npath = \"" + path + "\"\n" + own))
                .withMessageContaining(problem);
    }

    @Test
    void withoutItsMarkerTheMailFolderGetsNoMailboxes() throws Exception {
        MailboxesByDomain mail = mail("[mailboxes]\nmarker = \".mounted\"\n");
        assertThatIOException().isThrownBy(() -> delivered(mail, JOE)).withMessageContaining(".mounted is missing");
        Files.createFile(root.resolve(".mounted"));
        assertThat(delivered(mail, JOE)).isOne();
    }

    @Test
    void theFolderOfAutoRepliesIsNoDomain() throws Exception {
        MailboxesByDomain mail = mail("[relay]\nsendmail = [\"/usr/sbin/sendmail\"]\n[auto-replies]\nfolder = \""
                + root.resolve("files") + "\"\n");
        assertThatIOException().isThrownBy(() -> delivered(mail, MailAddress.of("joe@files")));
        assertThat(delivered(mail, JOE)).isOne();
    }

    @Test
    void theCommandsFindMailWhereItIs() throws Exception {
        Site site = Site.create(Files.createDirectory(folder.resolve("site")), "joe", "ann");
        Path config = site.config(Optional.empty());
        Files.writeString(
                config,
                Files.readString(config)
                        + "\n[mailboxes]\npath = \"%d/%2h/%u\"\n[domains.\"b.example\"]\nmailbox-format = \"mbox\"\n");

        OwnCommand.runWith("Subject: x\n\nx\n", "deliver", "--config", config, "-d", "joe@a.example", "ann@b.example")
                .successful();
        Path mailbox = site.mail().resolve("a.example/75/joe");
        assertThat(mailbox.resolve("new")).isNotEmptyDirectory();
        assertThat(site.mail().resolve("b.example/8f/ann")).isNotEmptyFile();

        assertThat(OwnCommand.run("import-unique-ids", "--config", config, "--from", "qmail", "joe@a.example")
                        .successful()
                        .output())
                .contains("1 unique-ids live on");
        assertThat(mailbox.resolve("vmail-uidl")).isNotEmptyFile();
        Programs.Result mbox =
                OwnCommand.run("import-unique-ids", "--config", config, "--from", "qmail", "ann@b.example");
        assertThat(mbox.exitCode()).isNotZero();
        assertThat(mbox.errors()).contains("into Maildirs only");
        OwnCommand.run("check", "--config", config).successful();
    }

    @Test
    void checkNamesAMarkerThatIsMissingAndADomainWithoutRoom() throws Exception {
        Site site = Site.create(Files.createDirectory(folder.resolve("site")), "joe", "ann");
        Path config = site.config(Optional.empty());
        Files.createDirectories(site.mail().resolve("b.example"));
        Files.writeString(
                config,
                Files.readString(config) + "\n[mailboxes]\nmarker = \"mounted\"\n[relay]\nsendmail = [\"/bin/true\"]\n"
                        + "[auto-replies]\nfolder = \"" + site.mail().resolve("b.example") + "\"\n");

        Programs.Result result = OwnCommand.run("check", "--config", config);
        assertThat(result.exitCode()).isEqualTo(78);
        assertThat(result.errors())
                .contains("mailboxes.marker: ", "b.example: ")
                .doesNotContain("a.example: ");
    }

    /** Delivers one message more and says how many there are. */
    private static int delivered(MailboxesByDomain mail, MailAddress account) throws IOException {
        try (Delivery delivery = mail.begin(account, 10).begun().orElseThrow()) {
            delivery.message().write("Subject: x\n".getBytes(US_ASCII));
            delivery.commit();
        }
        try (Maildrop maildrop = mail.open(account).opened().orElseThrow()) {
            return maildrop.messages().size();
        }
    }
}
