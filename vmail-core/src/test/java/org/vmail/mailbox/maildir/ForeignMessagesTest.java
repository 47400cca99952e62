package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** Other programs deliver into the same Maildir, move its files, set flags and remove messages, also in mid-session. */
class ForeignMessagesTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final String LONG_HOST =
            "a-host-name.that-is-much-too-long.for-a-unique-id.to-hold-all-of-it.example";

    @TempDir
    Path root;

    private MaildirStore store;
    private Path fresh;
    private Path cur;

    @BeforeEach
    void makeFolders() throws IOException {
        store = MaildirStore.under(root);
        open().close();
        fresh = root.resolve("a.example/joe/new");
        cur = root.resolve("a.example/joe/cur");
    }

    @Test
    void theNameOfADeliveredMessageTellsItsSizes() throws IOException {
        deliver("Subject: x\r\n\r\none\ntwo\r\n");
        Path file = only(fresh);
        assertThat(file.getFileName().toString())
                .as("stored with LF, sent with CRLF")
                .matches(".+,S=" + Files.size(file) + ",W=24");
        assertThat(Files.readString(file)).isEqualTo("Subject: x\n\none\ntwo\n");
    }

    @Test
    void aMessageWhoseNameTellsTheSizeIsNotReadToCountIt() throws IOException {
        Files.writeString(fresh.resolve("1.2.host,S=3,W=1234"), "a\n");
        assertThat(onlyMessage().octets()).isEqualTo(1234);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.2.host",
                "1.2.host,S=5",
                "1.2.host,W=",
                "1.2.host,W=x",
                "1.2.host,W=-7",
                "1.2.host,W=99999999999999999999",
                "1.2.host:2,W=3",
            })
    void aMessageWhoseNameTellsNoSizeIsCounted(String name) throws IOException {
        Files.writeString(cur.resolve(name), "a\nb\r\nc");
        assertThat(onlyMessage().octets()).isEqualTo("a\r\nb\r\nc".length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1700000000.12345.mail.example.org",
                "1700000000.12345_67.host",
                "1700000000.M123456P7890V0000000000000801I0000000000123456_0.host,S=9",
                "1700000000.M123456P7890.host,S=9,W=10",
                "1700000000.V801I1e240M123456.host",
                "1700000000.1.host\\057with\\072oddities",
                "1700000000.1.host with spaces",
                "1700000000.1." + LONG_HOST,
                "1700000000.1.h\u00f6st.example",
                "no-time-at-all",
                ",S=9",
                "=",
            })
    void everyNameHasAUniqueIdThatFlagsFoldersAndSizeFieldsDoNotChange(String name) throws IOException {
        Path file = Files.writeString(path(fresh, name), "a message\n");
        UniqueId id = onlyMessage().uniqueId();
        assertThat(UniqueId.isValid(id.value())).isTrue();
        for (String flags : List.of(":2,", ":2,S", ":2,FRS", ":1,experimental")) {
            file = Files.move(file, path(cur, name + flags));
            assertThat(onlyMessage().uniqueId()).as(flags).isEqualTo(id);
            try (Maildrop maildrop = open()) {
                assertThat(text(maildrop, 0)).isEqualTo("a message\r\n");
            }
        }
        if (!name.contains(",")) {
            Files.move(file, path(cur, name + ",S=10,W=11:2,S"));
            assertThat(onlyMessage().uniqueId()).as("with sizes").isEqualTo(id);
        }
        try (Maildrop maildrop = open()) {
            maildrop.remove(Set.of(id));
        }
        assertThat(cur).isEmptyDirectory();
    }

    @Test
    void namesThatAreTooLongForAUniqueIdAreToldApart() throws IOException {
        for (int i = 0; i < 10; i++) {
            Files.writeString(fresh.resolve("1700000000.1." + LONG_HOST + i), "x");
        }
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages())
                    .extracting(StoredMessage::uniqueId)
                    .hasSize(10)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aNameThatIsNoTextInThisLocaleIsAMessageAsWell() throws IOException {
        Path latin1 = Path.of(URI.create(cur.toUri() + "1700000000.1.h%F6st:2,S"));
        Files.writeString(latin1, "a message\n");
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).hasSize(1);
            assertThat(text(maildrop, 0)).isEqualTo("a message\r\n");
            maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
        }
        assertThat(cur).isEmptyDirectory();
    }

    @Test
    void messagesAreSortedByTheTimeInTheirNames() throws IOException {
        Files.writeString(cur.resolve("1700000003.M1P1.host:2,S"), "third");
        Files.writeString(fresh.resolve("1700000004.M1P1.host"), "fourth");
        Files.writeString(cur.resolve("999999999.M1P1.host:2,"), "first");
        Files.writeString(fresh.resolve("1700000002.M1P1.host"), "second");
        Files.writeString(fresh.resolve("without a time"), "last");
        try (Maildrop maildrop = open()) {
            assertThat(List.of(
                            text(maildrop, 0),
                            text(maildrop, 1),
                            text(maildrop, 2),
                            text(maildrop, 3),
                            text(maildrop, 4)))
                    .containsExactly("first", "second", "third", "fourth", "last");
        }
    }

    @Test
    void filesThatBeginWithADotAreNoMessages() throws IOException {
        Files.writeString(fresh.resolve(".nfs0123"), "x");
        Files.writeString(cur.resolve(".hidden,W=3:2,S"), "x");
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).isEmpty();
        }
    }

    @Test
    void whatIsInTmpIsNoMessage() throws IOException {
        Files.writeString(root.resolve("a.example/joe/tmp/1.2.host,S=1,W=1"), "x");
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).isEmpty();
        }
    }

    @Test
    void aMessageThatIsInBothFoldersForAMomentIsListedOnce() throws IOException {
        Path file = Files.writeString(fresh.resolve("1.2.host"), "x");
        Files.createLink(cur.resolve("1.2.host:2,S"), file);
        assertThat(onlyMessage().octets()).isEqualTo(1);
    }

    @Test
    void aMessageThatMovesInMidSessionIsFound() throws IOException {
        deliver("moving\n");
        try (Maildrop maildrop = open()) {
            Path file = only(fresh);
            for (String flags : List.of(":2,", ":2,S", ":2,RS")) {
                file = Files.move(file, cur.resolve(unflagged(file) + flags));
                assertThat(text(maildrop, 0)).as(flags).isEqualTo("moving\r\n");
            }
            Files.move(file, fresh.resolve(unflagged(file)));
            assertThat(text(maildrop, 0)).isEqualTo("moving\r\n");
        }
    }

    @Test
    void aMessageThatMovesInMidSessionIsRemoved() throws IOException {
        deliver("moving\n");
        deliver("staying\n");
        try (Maildrop maildrop = open()) {
            UniqueId first = maildrop.messages().get(0).uniqueId();
            Path file = fresh.resolve(nameOf(first));
            Files.move(file, cur.resolve(file.getFileName() + ":2,S"));
            maildrop.remove(Set.of(first));
        }
        assertThat(cur).isEmptyDirectory();
        assertThat(Files.readString(only(fresh))).isEqualTo("staying\n");
    }

    @Test
    void aMessageThatIsReadWhileItMovesAndGoesIsReadToItsEnd() throws IOException {
        deliver("x".repeat(100_000));
        try (Maildrop maildrop = open();
                InputStream content =
                        maildrop.content(maildrop.messages().get(0)).orElseThrow()) {
            assertThat(content.read()).isEqualTo('x');
            Files.delete(only(fresh));
            assertThat(content.readAllBytes()).hasSize(99_999);
        }
    }

    @Test
    void aMessageThatAnotherProgramRemovedIsGone() throws IOException {
        deliver("one\n");
        deliver("two\n");
        try (Maildrop maildrop = open()) {
            StoredMessage first = maildrop.messages().get(0);
            Files.delete(fresh.resolve(nameOf(first.uniqueId())));
            assertThat(maildrop.content(first)).isEmpty();
            assertThat(text(maildrop, 1)).isEqualTo("two\r\n");
            maildrop.remove(Set.of(first.uniqueId()));
            assertThat(maildrop.messages()).hasSize(2);
        }
        assertThat(Files.readString(only(fresh))).isEqualTo("two\n");
    }

    @Test
    void aMessageThatIsGoneDoesNotComeBackAsAnother() throws IOException {
        deliver("one\n");
        try (Maildrop maildrop = open()) {
            StoredMessage first = maildrop.messages().get(0);
            Path file = only(fresh);
            Files.delete(file);
            assertThat(maildrop.content(first)).isEmpty();
            Files.writeString(file, "another\n");
            assertThat(maildrop.content(first)).isEmpty();
            maildrop.remove(Set.of(first.uniqueId()));
        }
        assertThat(Files.readString(only(fresh))).isEqualTo("another\n");
    }

    @Test
    void allAreTriedThoughOneCannotBeRemoved() throws IOException {
        deliver("one\n");
        deliver("two\n");
        deliver("three\n");
        try (Maildrop maildrop = open()) {
            List<UniqueId> ids =
                    maildrop.messages().stream().map(StoredMessage::uniqueId).toList();
            Path stubborn = fresh.resolve(nameOf(ids.get(1)));
            Files.delete(stubborn);
            Files.createDirectories(stubborn.resolve("not empty"));
            assertThatIOException().isThrownBy(() -> maildrop.remove(Set.copyOf(ids)));
            assertThat(only(fresh)).isEqualTo(stubborn);
        }
    }

    @Test
    void aSymbolicLinkIsNotRead(@TempDir Path outside) throws IOException {
        Path secret = Files.writeString(outside.resolve("secret"), "secret\n");
        Path link = Files.createSymbolicLink(cur.resolve("1.2.host,S=7,W=8:2,S"), secret);
        try (Maildrop maildrop = open()) {
            for (StoredMessage message : maildrop.messages()) {
                assertThatIOException().isThrownBy(() -> maildrop.content(message));
                maildrop.remove(Set.of(message.uniqueId()));
            }
        }
        assertThat(link).doesNotExist();
        assertThat(secret).hasContent("secret\n");
    }

    @Test
    void whatIsNotAFileAndHasNoSizeInItsNameIsLeftOut(@TempDir Path outside) throws IOException {
        Path secret = Files.writeString(outside.resolve("secret"), "secret\n");
        Files.createSymbolicLink(cur.resolve("1.2.host:2,S"), secret);
        Files.createDirectory(fresh.resolve("3.4.host"));
        deliver("one\n");
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2.host", "1.2.host,S=1,W=1"})
    void nobodyWaitsForTheWriterOfAPipe(String name) throws Exception {
        int status = new ProcessBuilder("mkfifo", fresh.resolve(name).toString())
                .start()
                .waitFor();
        assertThat(status).isZero();
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            try (Maildrop maildrop = open()) {
                for (StoredMessage message : maildrop.messages()) {
                    assertThatIOException().isThrownBy(() -> maildrop.content(message));
                }
            }
        });
    }

    private Maildrop open() throws IOException {
        OpenResult result = store.open(JOE);
        assertThat(result).isInstanceOf(OpenResult.Opened.class);
        return ((OpenResult.Opened) result).maildrop();
    }

    private StoredMessage onlyMessage() throws IOException {
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).hasSize(1);
            return maildrop.messages().get(0);
        }
    }

    private void deliver(String message) throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write(message.getBytes(US_ASCII));
            delivery.commit();
        }
    }

    /** The file in new whose name begins with a unique-id. */
    private String nameOf(UniqueId id) throws IOException {
        try (var files = Files.list(fresh)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(id.value()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** A file of that name, whatever the locale of the tests can spell. */
    private static Path path(Path folder, String name) {
        try {
            String escaped = new URI("file", null, "/" + name, null).toASCIIString();
            return Path.of(URI.create(folder.toUri() + escaped.substring("file:/".length())));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static String unflagged(Path file) {
        return Pattern.compile(":.*").matcher(file.getFileName().toString()).replaceFirst("");
    }

    private static Path only(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }

    private static String text(Maildrop maildrop, int index) throws IOException {
        try (InputStream content =
                maildrop.content(maildrop.messages().get(index)).orElseThrow()) {
            return new String(content.readAllBytes(), US_ASCII);
        }
    }
}
