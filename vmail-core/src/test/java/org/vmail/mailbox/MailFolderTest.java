package org.vmail.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxStore;

/** Templates of paths: what they mean, which are refused, and that no account gets into another's mailbox, or out of the root. */
class MailFolderTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final Path ROOT = Path.of("/mail");

    @TempDir
    Path root;

    @ParameterizedTest
    @CsvSource({
        "%d/%u, a.example/joe",
        "%u/%d, joe/a.example",
        "domains/%d/%u/Maildir, domains/a.example/joe/Maildir",
        "%d/%1u/%2u/%u, a.example/j/jo/joe",
        "%1d/%d/%9u/%u, a/a.example/joe/joe",
        "%d/%2h/%u, a.example/75/joe",
        "%1h/%4h/%d/%u, 7/751b/a.example/joe"
    })
    void aTemplateNamesOneFolderAfterTheOther(String template, String path) throws IOException {
        assertThat(MailFolder.at(ROOT).withPath(template).mailbox(JOE)).isEqualTo(ROOT.resolve(path));
    }

    @Test
    void withoutATemplateItIsDomainAndLocalPart() throws IOException {
        assertThat(MailFolder.at(ROOT).mailbox(JOE)).isEqualTo(Path.of("/mail/a.example/joe"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "%d",
                "%u",
                "%1d/%u",
                "%d/%1u",
                "%d/%2h",
                "%d%u",
                "%u@%d",
                "/%d/%u",
                "%d/%u/",
                "%d//%u",
                "%d/../%u",
                "./%d/%u",
                ".mail/%d/%u",
                "%d/%u/.Sub",
                "%d/%n/%u",
                "%d/%0h/%u",
                "%d/%h/%u",
                "%d/%5h/%u",
                "%d/%10u/%u",
                "%d/%D/%u",
                "%d/a b/%u",
                "%d/a\u0000b/%u",
                "%d/%u%%",
                "~/%d/%u",
                "%d/u\u00fc/%u",
                "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/%d/%u"
            })
    void templatesThatCouldMeanMoreThanOneThingAreRefused(String template) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MailFolder.at(ROOT).withPath(template))
                .withMessageContaining("The path '");
    }

    @Test
    void charactersThatTakeTwoOfJavasAreNotTornApart() throws IOException {
        assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "needs file names in UTF-8");
        MailAddress account = new MailAddress("\ud83d\ude00\ud83d\ude01x", Domain.of("a.example"));
        assertThat(MailFolder.at(ROOT).withPath("%d/%1u/%u").mailbox(account).getParent())
                .hasToString("/mail/a.example/\ud83d\ude00");
    }

    /** Of accounts whose names were made to collide. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void noTwoAccountsShareAMailboxAndNoneIsWithinAnother(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> parts = List.of(
                "%d",
                "%u", "%1d", "%1u", "%2u", "%9u", "%1h", "%2h", "%4h", "new", "cur", "tmp", "joe", "a.example", "a");
        for (int i = 0; i < 200; i++) {
            List<String> names = new ArrayList<>(List.of("%d", "%u"));
            for (int more = random.nextInt(4); more > 0; more--) {
                names.add(random.nextInt(names.size() + 1), parts.get(random.nextInt(parts.size())));
            }
            if (random.nextBoolean()) {
                names.add(random.nextInt(2), names.remove(names.size() - 1));
            }
            MailFolder mail = MailFolder.at(ROOT).withPath(String.join("/", names));
            Map<Path, MailAddress> mailboxes = new HashMap<>();
            for (MailAddress account : accounts(random)) {
                Path mailbox = mail.mailbox(account);
                String what = "seed " + seed + ": " + names + " " + account + " " + mailbox;
                assertThat(mailbox.normalize()).as(what).isEqualTo(mailbox).startsWithRaw(ROOT);
                assertThat(mailbox.getNameCount()).as(what).isEqualTo(ROOT.getNameCount() + names.size());
                MailAddress other = mailboxes.put(mailbox, account);
                assertThat(other == null || other.equals(account))
                        .as(what + " " + other)
                        .isTrue();
            }
        }
    }

    private static List<MailAddress> accounts(Random random) {
        List<String> pieces = List.of(
                "a", "b", ".", "a.example", "example", "joe", "new", "cur", "%d", "%u", "-", "_", " ", "@", "~", "A");
        List<MailAddress> accounts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            StringBuilder local = new StringBuilder();
            for (int count = 1 + random.nextInt(3); count > 0; count--) {
                local.append(pieces.get(random.nextInt(pieces.size())));
            }
            String domain = List.of("a.example", "example", "a.a.example", "joe", "new.example", "a")
                    .get(random.nextInt(6));
            address(local.toString(), domain).ifPresent(accounts::add);
        }
        return accounts;
    }

    private static Optional<MailAddress> address(String local, String domain) {
        try {
            return Optional.of(new MailAddress(local, Domain.of(domain)));
        } catch (IllegalArgumentException refused) {
            return Optional.empty();
        }
    }

    @Test
    void bothFormatsKeepTheirMailThere() throws IOException {
        MailFolder mail = MailFolder.at(root).withPath("%d/%1u/%u");
        deliver(MaildirStore.in(mail), JOE);
        assertThat(root.resolve("a.example/j/joe/new")).isNotEmptyDirectory();
        assertThat(messages(MaildirStore.in(mail))).isEqualTo(1);

        MailFolder other = MailFolder.at(root).withPath("mbox/%d/%1u/%u");
        MailAddress lock = MailAddress.of("joe.quota@a.example");
        deliver(MboxStore.in(other), JOE);
        deliver(MboxStore.in(other), lock);
        Files.writeString(root.resolve("mbox/a.example/j/joe.quota"), "1\n");
        assertThat(root.resolve("mbox/a.example/j/joe")).isNotEmptyFile();
        assertThat(root.resolve("mbox/a.example/j/joe.quota_")).isNotEmptyFile();
        assertThat(messages(MboxStore.in(other))).isEqualTo(1);
        assertThat(MboxStore.quotaFiles(other, QuotaLimits.forAll(Quota.UNLIMITED))
                        .of(JOE))
                .isEqualTo(Quota.ofOctets(1024));
    }

    @Test
    void aDomainThatEndsLikeALockIsNoLockWhereDomainsAreFiles() throws IOException {
        MailFolder mail = MailFolder.at(root).withPath("%u/%d");
        deliver(MboxStore.in(mail), JOE);
        deliver(MboxStore.in(mail), MailAddress.of("joe@a.example.lock"));
        assertThat(root.resolve("joe/a.example.lock_")).isNotEmptyFile();
    }

    @Test
    void eachFolderOnTheWayIsForTheOwnerOnlyAndNoLink(@TempDir Path outside) throws IOException {
        MailFolder mail = MailFolder.at(root).withPath("%d/%1u/%u");
        Files.createDirectory(root.resolve("a.example"));
        Path link = Files.createSymbolicLink(root.resolve("a.example/j"), outside);
        for (DeliveryTarget store : List.of(MaildirStore.in(mail), MboxStore.in(mail))) {
            assertThatIOException().isThrownBy(() -> deliver(store, JOE)).withMessageContaining(link.toString());
        }
        Files.delete(link);
        deliver(MaildirStore.in(mail), JOE);
        assertThat(Files.getPosixFilePermissions(link)).hasSize(3);
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void withoutItsMarkerNoMailboxIsMade() throws IOException {
        MailFolder mail = MailFolder.at(root).withMarker("mounted");
        for (DeliveryTarget store : List.of(MaildirStore.in(mail), MboxStore.in(mail))) {
            assertThatIOException().isThrownBy(() -> store.begin(JOE)).withMessageContaining("mounted is missing");
        }
        assertThatIOException().isThrownBy(() -> MaildirStore.in(mail).open(JOE));
        assertThatIOException().isThrownBy(() -> MboxStore.in(mail).open(JOE));
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void withItsMarkerMailboxesAreMadeAndThenItIsNotLookedAt() throws IOException {
        Path marker = Files.createFile(root.resolve("mounted"));
        MailFolder mail = MailFolder.at(root).withMarker("mounted");
        deliver(MaildirStore.in(mail), JOE);
        deliver(MboxStore.in(mail.withPath("mbox/%d/%u")), JOE);
        Files.delete(marker);
        deliver(MaildirStore.in(mail), JOE);
        deliver(MboxStore.in(mail.withPath("mbox/%d/%u")), JOE);
        assertThat(messages(MaildirStore.in(mail))).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/mounted"})
    void aMarkerIsASingleName(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MailFolder.at(root).withMarker(name));
    }

    @ParameterizedTest
    @CsvSource({"files, joe, false", "a.example, files, true", "files.example, joe, true", "a.example, joe, true"})
    void aReservedFolderHasNoMailboxes(String domain, String local, boolean there) throws IOException {
        MailFolder mail =
                MailFolder.at(root).withReserved(root.resolve("files")).withReserved(root.resolve("a/b/c"));
        MailAddress account = new MailAddress(local, Domain.of(domain));
        if (there) {
            deliver(MaildirStore.in(mail), account);
        } else {
            assertThatIOException().isThrownBy(() -> MaildirStore.in(mail).begin(account));
            assertThatIOException().isThrownBy(() -> MboxStore.in(mail).begin(account));
            assertThat(root).isEmptyDirectory();
        }
        assertThatIOException().as("around it").isThrownBy(() -> mail.mailbox(MailAddress.of("b@a")));
        assertThat(mail.mailbox(MailAddress.of("c@a"))).as("beside it").isEqualTo(root.resolve("a/c"));
    }

    private static void deliver(DeliveryTarget store, MailAddress account) throws IOException {
        try (Delivery delivery = store.begin(account)) {
            delivery.message().write('x');
            delivery.commit();
        }
    }

    private static int messages(MaildropStore store) throws IOException {
        try (Maildrop maildrop = ((OpenResult.Opened) store.open(JOE)).maildrop()) {
            return maildrop.messages().size();
        }
    }
}
