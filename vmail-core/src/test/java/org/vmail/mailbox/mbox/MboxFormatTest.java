package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.vmail.mailbox.mbox.Mbox.FROM;
import static org.vmail.mailbox.mbox.Mbox.JOE;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.Maildrop;

/** What is written, and what is read of files that others wrote (RFC 4155, appendix A). */
class MboxFormatTest {
    @TempDir
    Path root;

    private Mbox mbox;

    @BeforeEach
    void makeMbox() throws IOException {
        mbox = new Mbox(root);
    }

    @Test
    void aMessageIsASeparatorItsLinesAndABlankLine() throws IOException {
        mbox.deliver("Subject: one\r\n\r\nFrom here\r\n>From there\r\nFrom\r\n");
        assertThat(mbox.text())
                .matches("From MAILER-DAEMON (Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 123][0-9] "
                        + "[0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}\nX-Vmail-Id: [0-9a-f-]{36}\nSubject: one\n\n"
                        + ">From here\n>>From there\nFrom\n\n");
    }

    @Test
    void aFileOfAnotherProgramIsRead() throws IOException {
        mbox.write(FROM + "Subject: one\n\nBody\n\n" + FROM + "Subject: two\n\n>From me\n>>From you\n> From\n\n");
        assertThat(mbox.contents())
                .containsExactly(
                        "Subject: one\r\n\r\nBody\r\n", "Subject: two\r\n\r\nFrom me\r\n>From you\r\n> From\r\n");
    }

    @Test
    void aFileWithCrlfIsReadAndContinued() throws IOException {
        mbox.write((FROM + "Subject: one\n\n>From\n>From me\n\n" + FROM + "Subject: two\n\n\n").replace("\n", "\r\n"));
        mbox.deliver("three\n");
        assertThat(mbox.contents())
                .containsExactly("Subject: one\r\n\r\n>From\r\nFrom me\r\n", "Subject: two\r\n\r\n", "three\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    void aMissingEndIsAddedBeforeTheNextMessage(String end) throws IOException {
        mbox.write(FROM + "Subject: one\n\nBody" + end);
        List<String> before = mbox.contents();
        mbox.deliver("two\n");
        assertThat(before).containsExactly("Subject: one\r\n\r\nBody\r\n");
        assertThat(mbox.contents()).containsExactly("Subject: one\r\n\r\nBody\r\n", "two\r\n");
    }

    @Test
    void aSeparatorCountsBehindABlankLineOnly() throws IOException {
        mbox.write(FROM + "\nText\n" + FROM + "\nFrom here on it goes\n\n" + FROM + "\n");
        assertThat(mbox.contents())
                .containsExactly("\r\nText\r\n" + FROM.replace("\n", "\r\n") + "\r\nFrom here on it goes\r\n", "");
    }

    @Test
    void aContentLengthThatLeadsNowhereIsNotBelieved() throws IOException {
        mbox.write(FROM + "Content-Length: 1000\n\none\n\n" + FROM + "content-length : 3\n \nA: b\n\ntwo\n\n" + FROM
                + "\n");
        assertThat(mbox.contents()).containsExactly("\r\none\r\n", "A: b\r\n\r\ntwo\r\n", "");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 100, 1L << 40, Integer.MAX_VALUE})
    void aContentLengthBeyondTheEndIsNotBelieved(long length) throws IOException {
        mbox.write(FROM + "Content-Length: " + length + "\n\none\n\n" + FROM + "\ntwo\n\n");
        assertThat(mbox.contents()).containsExactly("\r\none\r\n", "\r\ntwo\r\n");
    }

    @Test
    void aContentLengthThatLeadsToASeparatorWithinALineIsNotBelieved() throws IOException {
        String line = FROM.strip();
        String first = FROM + "Content-Length: %d\n\nmine\n\n";
        String between = "mine\n\n" + FROM + "\nyours\n\n" + FROM + "\n";
        mbox.write(first.formatted(between.length() + 2) + FROM + "\nyours\n\n" + FROM + "\nx " + line + "\n");
        assertThat(mbox.contents())
                .as("or its sender could take in the mail of others")
                .containsExactly("\r\nmine\r\n", "\r\nyours\r\n", "\r\nx " + line + "\r\n");
    }

    @Test
    void aSeparatorInABodyWithATrueContentLengthDoesNotCount() throws IOException {
        String body = "one\n\n" + FROM + "Subject: forged\n\n";
        String message = FROM + "Content-Length: " + body.length() + "\n\n" + body;
        for (String text : List.of(message, message + "\n", message + "\n" + FROM + "\n", message + FROM + "\n")) {
            mbox.write(text);
            assertThat(mbox.contents().get(0)).contains("Subject: forged");
        }
        mbox.write(message.replace("Content-Length", "Content-Length: 5\nContent-Length"));
        assertThat(mbox.contents()).as("two lengths are none").hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage\n", "\n\ngarbage\n\n" + FROM, "From nowhere\n\n", "\0\0\0\0"})
    void whatIsNoMboxIsAnErrorAndIsLeftAlone(String text) throws IOException {
        mbox.write(text);
        assertThatIOException().isThrownBy(() -> mbox.store().open(JOE)).withMessageContaining("joe");
        assertThatIOException().isThrownBy(() -> mbox.deliver("x\n"));
        assertThat(mbox.text()).isEqualTo(text);
        mbox.write("");
        assertThat(mbox.contents()).as("neither lock remained").isEmpty();
    }

    @Test
    void fieldsOfTheMailboxAreHidden() throws IOException {
        String theirs = "X-IMAPbase: 1 2\n\tmore\nSubject: x\nStatus: RO\nX-STATUS: A\nX-Keywords:      \nX-UID: 7\n";
        mbox.write(FROM + theirs + "Statusx: y\n\nStatus: body\n\n");
        assertThat(mbox.contents()).containsExactly("Subject: x\r\nStatusx: y\r\n\r\nStatus: body\r\n");
    }

    @Test
    void sendersCannotWriteFieldsOfTheMailbox() throws IOException {
        String theirs =
                "Content-Length: 0\r\nStatus: RO\r\n folded\r\nX-Vmail-Id: x\r\nX-Vmail-Unterminated: yes\r\nX-IMAP: 1\r\n";
        String message = "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\r\n\r\nStatus: RO\r\n";
        mbox.deliver(theirs + message);
        assertThat(mbox.contents()).containsExactly(message);
        assertThat(mbox.text()).doesNotContain("Content-Length", "X-IMAP", "folded", "Unterminated");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {" folded\n", "\t\n", "a", " a", "a\r", "a\r\r", "\r", "A: b\n\nc", "a\n\n\n", "X-UIDL: 1\n"})
    void hardMessagesAreKept(String message) throws IOException {
        mbox.deliver(message);
        mbox.deliver("next\n");
        assertThat(mbox.contents()).containsExactly(message.replace("\n", "\r\n"), "next\r\n");
    }

    @Test
    void whatTheFirstMessageSaysOfTheMailboxGoesToTheNext() throws IOException {
        String base = "X-IMAPbase: 1795367240 0000000003 a\n b\n";
        mbox.write(FROM + "A: 1\n" + base + "X-UID: 1\n\none\n\n" + FROM + "X-UID: 2\n\ntwo\n\n" + FROM + "\nthree\n");
        mbox.remove(0, 1);
        assertThat(mbox.text()).isEqualTo(FROM + base + "\nthree\n");
        assertThat(mbox.contents()).containsExactly("\r\nthree\r\n");
    }

    @Test
    void theInternalMessageOfUwImapIsHiddenAndKept() throws IOException {
        String header = "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1234567890 0000000001\n";
        String internal = FROM + header + "Status: RO\n\nThis text is part of the format.\n\n";
        mbox.write(internal + FROM + "\none\n\n");
        assertThat(mbox.contents()).containsExactly("\r\none\r\n");
        mbox.remove(0);
        assertThat(mbox.contents()).isEmpty();
        assertThat(mbox.text()).isEqualTo(internal);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void linesAreTheSameHoweverTheyAreReadInPieces(long seed) throws IOException {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        while (text.length() < 300_000) {
            text.append("x\r".repeat(random.nextInt(10) == 0 ? random.nextInt(70_000) : random.nextInt(4)))
                    .append(random.nextBoolean() ? "\r\n" : "\n");
        }
        byte[] octets = text.toString().getBytes(ISO_8859_1);
        Lines lines = new Lines(new ByteArrayInputStream(octets), 0);
        StringBuilder seen = new StringBuilder();
        while (lines.next()) {
            seen.append(new String(lines.buffer(), lines.start(), lines.end() - lines.start(), ISO_8859_1));
            if (lines.last()) {
                seen.append('\n');
            }
        }
        String expected = text.toString().replace("\r\n", "\n");
        assertThat(seen.toString().equals(expected)).as("seed %d", seed).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void anythingThatIsDeliveredIsRead(long seed) throws IOException {
        Random random = new Random(seed);
        String[] words = {"From ", ">From ", ">", "\n", "\r\n", "\n\n", "\r", " ", "x", ":", FROM, "Subject: a", "\0"};
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            StringBuilder message = new StringBuilder();
            for (int n = random.nextInt(30); n > 0; n--) {
                message.append(words[random.nextInt(words.length)]);
            }
            mbox.deliver(message.toString());
            expected.append('<')
                    .append(message.toString().replaceAll("(?<!\r)\n", "\r\n"))
                    .append('>');
        }
        StringBuilder seen = new StringBuilder();
        mbox.contents().forEach(content -> seen.append('<').append(content).append('>'));
        assertThat(seen).as("seed %d", seed).hasToString(expected.toString());
    }

    @Test
    void aLongMessageIsReadInPieces() throws IOException {
        String body = ("From " + "0123456789".repeat(20_000) + "\r\n").repeat(5);
        mbox.deliver("\r\n" + body);
        mbox.deliver("x\r\n");
        try (Maildrop maildrop = mbox.open();
                InputStream in = maildrop.content(maildrop.messages().get(0)).orElseThrow()) {
            assertThat(new String(in.readNBytes(3), ISO_8859_1)).isEqualTo("\r\nF");
            String rest = new String(in.readAllBytes(), ISO_8859_1);
            assertThat(("\r\nF" + rest).equals("\r\n" + body)).isTrue();
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void aDeliveryLeavesNothingButTheMbox() throws IOException {
        try (Delivery delivery = mbox.store().begin(JOE)) {
            delivery.message().write(new byte[1_000_000]);
            assertThat(root.resolve("a.example")).isEmptyDirectory();
            delivery.commit();
        }
        assertThat(mbox.filesBeside()).isEmpty();
        assertThat(Files.getPosixFilePermissions(mbox.file).toString()).hasSize("[OWNER_READ, OWNER_WRITE]".length());
    }
}
