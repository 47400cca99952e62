package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** What a user may put into a home, and a server that may read everything must not fall for. Needs root. */
class HomeMaildirTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final int JOES_ID = 54_321;
    private static final String SECRET = "the secret of somebody else\n";
    private static final String NAME = "1700000000.M1P1.host";

    @TempDir
    Path root;

    private Path home;
    private Path maildir;
    private Path locks;

    @BeforeEach
    void makeHome() throws IOException {
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(root, "unix:uid")), "only root can give files away");
        locks = Files.createDirectory(root.resolve("locks"));
        home = joes(Files.createDirectory(root.resolve("joe")));
        maildir = joes(Files.createDirectory(home.resolve("Maildir")));
        for (String each : List.of("tmp", "new", "cur")) {
            joes(Files.createDirectory(maildir.resolve(each)));
        }
    }

    private static Path joes(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", JOES_ID, LinkOption.NOFOLLOW_LINKS);
        return path;
    }

    private Path message(String name, String text) throws IOException {
        return joes(Files.writeString(maildir.resolve(name), text));
    }

    /** A file of root's, to which joe has a name. */
    private Path secret() throws IOException {
        Path secret = root.resolve("secret");
        if (!Files.exists(secret)) {
            Files.writeString(secret, SECRET);
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        }
        return secret;
    }

    private HomeMaildirStore store() {
        return HomeMaildirStore.in(account -> Optional.of(new HomeMaildirStore.Home(home, JOES_ID)), locks);
    }

    private Maildrop open() throws IOException {
        return ((OpenResult.Opened) store().open(JOE)).maildrop();
    }

    private static String text(Maildrop maildrop, StoredMessage message) throws IOException {
        try (InputStream content = maildrop.content(message).orElseThrow()) {
            return new String(content.readAllBytes(), US_ASCII);
        }
    }

    @Test
    void whatTheMtaHasDeliveredIsReadAndRemovedAndNothingElseChanges() throws IOException {
        message("new/" + NAME, "one\n");
        message("cur/1600000000.M1P1.host:2,S", "zero\n");
        message("tmp/1500000000.M1P1.host", "never finished\n");
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).extracting(StoredMessage::octets).containsExactly(6L, 5L);
            assertThat(text(maildrop, maildrop.messages().get(1))).isEqualTo("one\r\n");
            maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
        }
        try (Stream<Path> left = Files.walk(home)) {
            assertThat(left.filter(Files::isRegularFile)
                            .map(file -> maildir.relativize(file).toString()))
                    .containsExactlyInAnyOrder("new/" + NAME, "tmp/1500000000.M1P1.host");
        }
    }

    @Test
    void aMessageThatMovesDuringTheSessionIsFoundAndRemoved() throws IOException {
        Path delivered = message("new/" + NAME, "one\n");
        try (Maildrop maildrop = open()) {
            Path read = Files.move(delivered, maildir.resolve("cur/" + NAME + ":2,S"));
            StoredMessage message = maildrop.messages().get(0);
            assertThat(text(maildrop, message)).isEqualTo("one\r\n");
            Path flagged = Files.move(read, maildir.resolve("cur/" + NAME + ":2,FS"));
            maildrop.remove(Set.of(message.uniqueId()));
            assertThat(flagged).doesNotExist();
        }
    }

    @Test
    void onlyOneSessionHasTheMaildrop() throws IOException {
        try (Maildrop first = open()) {
            assertThat(store().open(JOE)).as("beside %s", first).isInstanceOf(OpenResult.InUse.class);
        }
        open().close();
    }

    @Test
    void aHomeWithoutMaildirHasNoMail() throws IOException {
        for (String each : List.of("tmp", "new", "cur", "")) {
            Files.delete(maildir.resolve(each));
        }
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).isEmpty();
        }
        assertThat(maildir).doesNotExist();
    }

    @Test
    void aHomeThatIsMissingIsAnError() throws IOException {
        home = root.resolve("not-mounted");
        assertThatIOException().isThrownBy(this::open);
        home = Path.of("relative");
        assertThatIOException().isThrownBy(this::open);
        home = root.resolve("joe");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "new", "cur"})
    void aFolderThatIsALinkIsNotFollowed(String folder) throws IOException {
        Path link = folder.isEmpty() ? maildir : maildir.resolve(folder);
        Path elsewhere = Files.move(link, root.resolve("elsewhere"));
        joes(Files.createSymbolicLink(link, elsewhere));
        assertThatIOException().isThrownBy(this::open);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "new", "cur"})
    void aFolderThatIsSomebodyElsesIsNotUsed(String folder) throws IOException {
        Files.setAttribute(folder.isEmpty() ? maildir : maildir.resolve(folder), "unix:uid", 0);
        assertThatIOException().isThrownBy(this::open).withMessageContaining("belongs to");
    }

    @Test
    void aMessageThatIsALinkIsNotFollowed() throws IOException {
        joes(Files.createSymbolicLink(maildir.resolve("new/" + NAME), secret()));
        joes(Files.createSymbolicLink(maildir.resolve("new/" + NAME + "2,W=9"), secret()));
        assertOnlyUnreadable();
    }

    @Test
    void aMessageThatIsSomebodyElsesIsNotSent() throws IOException {
        Files.createLink(maildir.resolve("new/" + NAME), secret());
        Files.createLink(maildir.resolve("new/" + NAME + "2,W=9"), secret());
        assertOnlyUnreadable();
    }

    /** The one whose size is known by its name is listed, as nobody looks at it before it is wanted. */
    private void assertOnlyUnreadable() throws IOException {
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages())
                    .extracting(StoredMessage::uniqueId)
                    .containsExactly(new UniqueId(NAME + "2"));
            assertThatIOException()
                    .isThrownBy(() -> text(maildrop, maildrop.messages().get(0)));
            maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
        }
        assertThat(maildir.resolve("new/" + NAME + "2,W=9")).doesNotExist();
        assertThat(secret()).hasContent(SECRET.trim());
    }

    @Test
    void aPipeKeepsNobodyWaiting() throws Exception {
        Path pipe = maildir.resolve("new/" + NAME);
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        joes(pipe);
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            try (Maildrop maildrop = open()) {
                assertThat(maildrop.messages()).isEmpty();
            }
        });
    }

    @Test
    void aFolderThatIsReplacedDuringTheSessionStaysTheOneThatWasChecked() throws IOException {
        message("new/" + NAME, "one\n");
        Path trap = Files.createDirectory(root.resolve("trap"));
        Path precious = Files.writeString(trap.resolve(NAME), SECRET);
        try (Maildrop maildrop = open()) {
            Files.move(maildir.resolve("new"), maildir.resolve("old"));
            joes(Files.createSymbolicLink(maildir.resolve("new"), trap));
            assertThatIOException()
                    .as("the time of its last change is asked of the path, which leads elsewhere")
                    .isThrownBy(() -> text(maildrop, maildrop.messages().get(0)));
            maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
        }
        assertThat(precious).exists();
        assertThat(maildir.resolve("old").resolve(NAME)).doesNotExist();
    }

    @Test
    void aFileThatIsPutThereForAMomentIsNotSent() throws Exception {
        Path own = joes(Files.writeString(home.resolve("own"), "joe's own\n"));
        Path shown = Files.createLink(maildir.resolve("new/" + NAME + ",W=11"), own);
        AtomicBoolean over = new AtomicBoolean();
        Thread joe = new Thread(() -> swapUntil(over, shown, own, secretOrFail()));
        try (Maildrop maildrop = open()) {
            joe.start();
            long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (System.nanoTime() < end) {
                try {
                    assertThat(text(maildrop, maildrop.messages().get(0))).isEqualTo("joe's own\r\n");
                } catch (IOException changed) {
                    assertThat(changed).hasMessageContaining(NAME);
                }
            }
        } finally {
            over.set(true);
            joe.join();
        }
    }

    private Path secretOrFail() {
        try {
            return secret();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void swapUntil(AtomicBoolean over, Path shown, Path own, Path secret) {
        try {
            while (!over.get()) {
                for (Path each : List.of(secret, own)) {
                    Path link = Files.createLink(home.resolve("next"), each);
                    Files.move(link, shown, StandardCopyOption.ATOMIC_MOVE);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void moreMessagesThanAllowedAreNotListed() throws IOException {
        for (int i = 0; i < 4; i++) {
            message("new/160000000" + i + ".M1P1.host", "x\n");
        }
        HomeMaildirStore small = store().withMaxMessages(3);
        assertThatIOException().isThrownBy(() -> small.open(JOE)).withMessageContaining("more than 3");
        Files.delete(maildir.resolve("new/1600000000.M1P1.host"));
        try (Maildrop maildrop = ((OpenResult.Opened) small.open(JOE)).maildrop()) {
            assertThat(maildrop.messages()).hasSize(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/etc"})
    void theFolderIsASingleName(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> store().withFolder(name));
    }
}
