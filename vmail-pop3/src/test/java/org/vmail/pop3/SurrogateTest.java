package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.CountingInputStream;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client without UTF8 gets (RFC 6856, section 2.1), by the rules of RFC 6858, section 2. */
class SurrogateTest {
    private static final String INVALID = "<invalid@internationalized-address.invalid>";

    @Test
    void aMessageInAsciiIsPassedOnAsItIs() throws IOException {
        byte[] message = "From: fred@example.com\r\nSubject: =?UTF-8?Q?=C3=A9?=\r\n\r\nbody\r\n".getBytes(UTF_8);
        Surrogate surrogate = of(message);

        assertThat(surrogate.needsUtf8()).isFalse();
        assertThat(surrogate.extraOctets()).isZero();
        assertThat(surrogate.content().readAllBytes()).isEqualTo(message);
    }

    @Test
    void anEightBitBodyAloneNeedsNoUtf8() throws IOException {
        byte[] message = "From: fred@example.com\r\n\r\nSubject: caf\u00e9\r\n".getBytes(UTF_8);

        assertThat(of(message).needsUtf8()).isFalse();
        assertThat(of(message).content().readAllBytes()).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\r\n", "\r\n\r\n", "Subject: x", "x", "\r\ncaf\u00e9", "\n\ncaf\u00e9", "\r"})
    void whateverHasNoFieldBeyondAsciiIsPassedOnAsItIs(String message) throws IOException {
        Surrogate surrogate = of(message.getBytes(UTF_8));

        assertThat(surrogate.needsUtf8()).isFalse();
        assertThat(surrogate.content().readAllBytes()).isEqualTo(message.getBytes(UTF_8));
    }

    /** They are no internationalized messages (RFC 6532, section 3.1), and nobody knows their character set. */
    @Test
    void octetsThatAreNotUtf8ArePassedOnAsTheyAre() throws IOException {
        byte[] message = "Subject: caf\u00e9\r\nTo: J\u00f6rg <j@example.com>\r\n\r\nbody".getBytes(ISO_8859_1);
        Surrogate surrogate = of(message);

        assertThat(surrogate.needsUtf8()).isFalse();
        assertThat(surrogate.content().readAllBytes()).isEqualTo(message);
    }

    @Test
    void aBrokenFieldBesideOneInUtf8IsShownAsFarAsItCanBeRead() throws IOException {
        String header = decoded(concat(
                        "Subject: caf\u00e9\r\n".getBytes(UTF_8),
                        new byte[] {'X', '-', 'A', ':', ' ', 'a', (byte) 0xE9, '\r', '\n'}))
                .value("X-A");

        assertThat(header).isEqualTo("a\ufffd");
    }

    /** There is no field in such a line, and nothing that a client could decode. */
    @Test
    void aLineThatIsNoFieldMakesNoInternationalizedMessageAndIsLeftOutOfOne() throws IOException {
        byte[] lineAlone = "no field \u00e9\r\nN\u00e4me: x\r\nSubject: x\r\n\r\n".getBytes(UTF_8);
        assertThat(of(lineAlone).content().readAllBytes()).isEqualTo(lineAlone);

        assertThat(rewritten("no field \u00e9\r\nSubject: \u00e9\r\nN\u00e4me: x\r\nno field\r\n"))
                .isEqualTo("Subject: =?UTF-8?B?w6k=?=\r\nno field\r\n");
    }

    @Test
    void fieldsInAsciiStayOctetForOctet() throws IOException {
        String ascii = "X-A : 1\r\nDKIM-Signature: a=b;\r\n\tc=d\r\n  \r\nReceived: from a (b)\r\n";

        assertThat(rewritten(ascii + "Subject: \u00e9\r\n")).isEqualTo(ascii + "Subject: =?UTF-8?B?w6k=?=\r\n");
    }

    /** RFC 6858, section 2.3, in RFC 2047's form. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            caf\u00e9                    | =?UTF-8?Q?caf=C3=A9?=
            one caf\u00e9 two            | one =?UTF-8?Q?caf=C3=A9?= two
            \u00e9 \u00fc                | =?UTF-8?B?w6kgw7w=?=
            \u00e9 a \u00fc              | =?UTF-8?B?w6k=?= a =?UTF-8?B?w7w=?=
            =?a?Q?b?= \u00e9 =?a?Q?c?=   | =?a?Q?b?= =?UTF-8?Q?_=C3=A9_?= =?a?Q?c?=
            a, (b) "\u00e9?" _=          | a, (b) =?UTF-8?Q?=22=C3=A9=3F=22?= _=
            \u65e5\u672c                 | =?UTF-8?B?5pel5pys?=
            """)
    void aSubjectIsEncoded(String subject, String expected) throws IOException {
        assertThat(rewritten("Subject: " + subject + "\r\n")).isEqualTo("Subject: " + expected + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"subject", "Comments", "Content-Description", "X-Anything", "Organization", "Thread-Topic"})
    void textsAreEncoded(String name) throws IOException {
        assertThat(decoded((name + ": a\r\n  caf\u00e9\r\n\tb\r\n").getBytes(UTF_8))
                        .value(name))
                .isEqualTo("a  caf\u00e9\tb");
    }

    @Test
    void anEncodedWordHasWholeCharactersAndNoMoreThan75AndItsLineNoMoreThan76() throws IOException {
        for (String character : new String[] {"\u00e9", "\u65e5", "\ud83d\ude00", "a\u0301", " \u00e9"}) {
            String subject = ("a" + character).repeat(200);
            DecodedHeader header = decoded(("Subject: " + subject + "\r\n").getBytes(UTF_8));

            assertThat(header.value("Subject")).isEqualTo(subject).doesNotContain("\ufffd");
            assertThat(header.lines()).allMatch(line -> line.length() <= 76).hasSizeGreaterThan(5);
            assertThat(header.fields().get(0).split(" ")).allMatch(word -> word.length() <= 75);
        }
    }

    @Test
    void aWordTooLongForALineIsEncoded() throws IOException {
        String subject = "\u00e9 " + "a".repeat(2000) + " ".repeat(3) + "b";
        DecodedHeader header = decoded(("Subject: " + subject + "\r\n").getBytes(UTF_8));

        assertThat(header.value("Subject")).isEqualTo(subject);
        assertThat(header.lines()).allMatch(line -> line.length() <= 998);
    }

    @Test
    void whiteSpaceTooLongForALineBecomesOneSpace() throws IOException {
        assertThat(rewritten("Subject: a" + " ".repeat(1000) + "b" + "\t".repeat(1000) + "\u00e9\r\n"))
                .isEqualTo("Subject: a b =?UTF-8?B?w6k=?=\r\n");
    }

    @Test
    void controlCharactersBecomeSpaces() throws IOException {
        assertThat(rewritten("Subject: \u00e9 a\rBcc: x\0\u007f\u001b[1m\r\n"))
                .isEqualTo("Subject: =?UTF-8?B?w6k=?= a Bcc: x   [1m\r\n");
    }

    /** RFC 6858, section 2.1. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bcc",
                "Cc",
                "From",
                "Reply-To",
                "Resent-Bcc",
                "Resent-Cc",
                "Resent-From",
                "Resent-Sender",
                "Resent-To",
                "Sender",
                "tO"
            })
    void anInternationalizedAddressGivesWayToOneThatIsNobodys(String name) throws IOException {
        String header = name + ": Fred Foo <fred@ex\u00e4mple.com>\r\n";

        assertThat(decoded(header.getBytes(UTF_8)).value(name))
                .isEqualTo("Fred Foo (fred@ex\u00e4mple.com) " + INVALID);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            fr\u00e9d@example.com                     | fr\u00e9d@example.com INVALID
            <fr\u00e9d@example.com>                   | fr\u00e9d@example.com INVALID
            "fr\u00e9d foo"@example.com               | "fr\u00e9d foo"@example.com INVALID
            fr\u00e9d@example.com (Fred)              | Fred (fr\u00e9d@example.com) INVALID
            Fr\u00e9d <fred@example.com>              | Fr\u00e9d <fred@example.com>
            "Fr\u00e9d, \\"B\\" X" <fred@example.com> | Fr\u00e9d, "B" X <fred@example.com>
            fred@example.com (Fr\u00e9d (x))          | Fr\u00e9d (x) <fred@example.com>
            Fred (\u00e9) <fred@example.com>          | Fred <fred@example.com>
            <fred@example.com> (\u00e9)               | \u00e9 <fred@example.com>
            a@b, Fr\u00e9d <c@d>, e@f                 | a@b, Fr\u00e9d <c@d>, e@f
            "a, b" <a@b>, \u00e9@d                    | "a, b" <a@b>, \u00e9@d INVALID
            T\u00e9am: a@b, \u00e9@c;, d@e            | T\u00e9am : a@b, \u00e9@c INVALID;, d@e
            team: \u00e9@c, a@b; , d@e                | team: \u00e9@c INVALID, a@b;, d@e
            team:;, \u00e9@c                          | team:;, \u00e9@c INVALID
            \u00e9@[IPv6:::1], a@b                    | \u00e9@[IPv6:::1] INVALID, a@b
            <@\u00e9,@x:a@b>, c@d                     | @\u00e9,@x:a@b INVALID, c@d
            \u00e9                                    | \u00e9 INVALID
            , ,\u00e9@b,,                             | \u00e9@b INVALID
            =?UTF-8?Q?=C3=A9?= \u00fc <a@b>           | \u00e9 \u00fc <a@b>
            "=?UTF-8?Q?=C3=A9?= \u00fc, <a@b          | "=?UTF-8?Q?=C3=A9?= \u00fc, <a@b INVALID
            \u00e9 <>                                 | \u00e9 INVALID
            """)
    void addressesThatAreInAsciiStay(String list, String expected) throws IOException {
        String value = decoded(("To: " + list + "\r\n").getBytes(UTF_8)).value("To");

        assertThat(value).isEqualTo(expected.replace("INVALID", INVALID));
    }

    @Test
    void aReturnPathHasNoDisplayName() throws IOException {
        assertThat(rewritten("Return-Path: <fr\u00e9d@example.com>\r\n")).isEqualTo("Return-Path: " + INVALID + "\r\n");
    }

    @Test
    void aDisplayNameHoldsNothingThatAPhraseForbids() throws IOException {
        String header = rewritten("To: \"\u00e9<>()[]:;@\\\\,.\\\"\" <a@b>\r\n");

        assertThat(header).matches("To: =\\?UTF-8\\?[BQ]\\?[A-Za-z0-9!*+/=_-]*\\?= <a@b>\r\n");
    }

    /** RFC 6858, section 2.2. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            Content-Disposition: attachment; filename="\u00e9;x.txt"          | Content-Disposition: attachment
            Content-Type: text/plain; name=\u00e9; charset=utf-8              | Content-Type: text/plain; charset=utf-8
            Content-Type: a/b; x="\\"\u00e9;"; y="c;d" (\\);e) ; z=1          | Content-Type: a/b; y="c;d" (\\);e); z=1
            Content-Type: a/b;; x=1;\u00e9                                    | Content-Type: a/b; x=1
            """)
    void aParameterBeyondAsciiIsLeftOut(String field, String expected) throws IOException {
        assertThat(rewritten(field + "\r\n")).isEqualTo(expected + "\r\n");
    }

    /** RFC 6858, section 2.4. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Message-ID: <\u00e9@example.com>",
                "Received: from \u00e9 by b;\r\n\tdate",
                "References: <a@b> <\u00e9@c>",
                "Content-Type: t\u00e9xt/plain; charset=utf-8",
                "List-Id: \u00e9 <a.b>",
                "Date: \u00e9"
            })
    void otherFieldsAreLeftOut(String field) throws IOException {
        assertThat(rewritten("A: 1\r\n" + field + "\r\nB: 2\r\n")).isEqualTo("A: 1\r\nB: 2\r\n");
    }

    @Test
    void aNameTooLongForALineGoesWithItsField() throws IOException {
        assertThat(rewritten("X-" + "a".repeat(900) + ": \u00e9\r\nSubject: \u00e9\r\n"))
                .isEqualTo("Subject: =?UTF-8?B?w6k=?=\r\n");
    }

    @Test
    void theBodyStaysAndTheDifferenceIsTold() throws IOException {
        String body = "\r\nSubject: caf\u00e9\r\n\r\n--x\r\nContent-Type: a/b; name=\u00e9\r\n\0\r\r\n.\nend";
        byte[] message = ("Subject: caf\u00e9\r\n" + body).getBytes(UTF_8);
        Surrogate surrogate = of(message);
        byte[] sent = surrogate.content().readAllBytes();

        assertThat(surrogate.needsUtf8()).isTrue();
        assertThat(new String(sent, UTF_8)).isEqualTo("Subject: =?UTF-8?Q?caf=C3=A9?=\r\n" + body);
        assertThat(sent).hasSize(message.length + surrogate.extraOctets());
    }

    @Test
    void aHeaderWithoutAnEndIsRewrittenToo() throws IOException {
        assertThat(rewritten("Subject: \u00e9")).isEqualTo("Subject: =?UTF-8?B?w6k=?=\r\n");
        assertThat(rewritten("Message-ID: \u00e9")).isEmpty();
    }

    @Test
    void noneButTheHeaderIsReadBeforeItIsAskedFor() throws IOException {
        byte[] body = new byte[1_000_000];
        for (String header : new String[] {"Subject: x\r\n\r\n", "Subject: \u00e9\r\n\r\n"}) {
            CountingInputStream source =
                    new CountingInputStream(new ByteArrayInputStream(concat(header.getBytes(UTF_8), body)));
            Surrogate surrogate = Surrogate.of(source);

            assertThat(source.getCount()).isLessThanOrEqualTo(8 * 1024);
            assertThat(surrogate.content().readAllBytes().length)
                    .isEqualTo((int) source.getCount() + surrogate.extraOctets());
        }
    }

    @Test
    void theHeaderIsFoundWhereverTheReadsAreCut() throws IOException {
        byte[] message =
                "From: Fr\u00e9d <\u65e5@b>\r\nSubject: a\r\n\t\u00e9\r\n\r\nbody \u00e9\r\n\r\n".getBytes(UTF_8);
        byte[] expected = of(message).content().readAllBytes();
        for (int cut = 1; cut < message.length; cut++) {
            Surrogate surrogate = Surrogate.of(new Cut(message, cut));
            assertThat(surrogate.content().readAllBytes()).isEqualTo(expected);
        }
        Surrogate octetByOctet = Surrogate.of(new Slow(message));
        assertThat(octetByOctet.content().readAllBytes()).isEqualTo(expected);
    }

    @Test
    void singleOctetsCanBeRead() throws IOException {
        byte[] message = "Subject: \u00e9\r\n\r\n\u00ff".getBytes(UTF_8);
        byte[] expected = of(message).content().readAllBytes();
        InputStream content = of(message).content();

        for (byte octet : expected) {
            assertThat(content.available()).isPositive();
            assertThat(content.read()).isEqualTo(octet & 0xFF);
        }
        assertThat(content.read()).isEqualTo(-1);
        assertThat(content.available()).isZero();
    }

    @Test
    void aHeaderBeyondTheBoundIsPassedOnAsItIs() throws IOException {
        byte[] field = "Subject: \u00e9\r\n".getBytes(UTF_8);
        byte[] padding = "X-A: 123456\r\n".getBytes(UTF_8);
        byte[] message = field;
        byte[] filling = new byte[Surrogate.MAX_HEADER_OCTETS - field.length - 4];
        for (int i = 0; i < filling.length; i++) {
            filling[i] = padding[i % padding.length];
        }
        byte[] longest = concat(message, filling, "\r\n\r\nbody".getBytes(UTF_8));
        byte[] tooLong = concat(message, filling, "x\r\n\r\nbody".getBytes(UTF_8));

        assertThat(of(longest).needsUtf8()).isTrue();
        assertThat(of(tooLong).needsUtf8()).isFalse();
        assertThat(of(tooLong).content().readAllBytes()).isEqualTo(tooLong);
    }

    @Test
    void hostileHeadersCostLinearTimeAndBoundedMemory() throws IOException {
        for (String piece :
                new String[] {"(", "\"", "<", "[", "\u00e9,", "\u00e9 a ", ":", ";", "\\", "=?", "\u00e9\t", " "}) {
            for (String name : new String[] {"To", "Subject", "Content-Type"}) {
                String value = piece.repeat(200_000 / piece.getBytes(UTF_8).length);
                byte[] message = (name + ": " + value + "\u00e9\r\nX-A: \u00e9\r\n\r\nbody").getBytes(UTF_8);
                byte[] sent = of(message).content().readAllBytes();

                assertThat(sent.length).isLessThan(2 * Surrogate.MAX_HEADER_OCTETS);
                assertThat(DecodedHeader.of(sent).lines()).allMatch(line -> line.length() <= 998);
            }
        }
    }

    @Test
    void manyFieldsTogetherStayWithinTheBoundToo() throws IOException {
        String field = "To: " + "\u00e9,".repeat(200) + "\r\n";
        byte[] message = (field.repeat(250_000 / field.getBytes(UTF_8).length) + "X-A: b\r\n\r\nbody").getBytes(UTF_8);
        String sent = new String(of(message).content().readAllBytes(), UTF_8);
        assertThat(sent.length()).isLessThan(3 * Surrogate.MAX_HEADER_OCTETS / 2);
        assertThat(sent).startsWith("To: ").endsWith("\r\nX-A: b\r\n\r\nbody");
    }

    @Test
    void closingClosesTheMessageAndAFailureIsPassedOn() throws IOException {
        boolean[] closed = new boolean[1];
        InputStream source =
                new FilterInputStream(new ByteArrayInputStream("Subject: \u00e9\r\n\r\n".getBytes(UTF_8))) {
                    @Override
                    public void close() {
                        closed[0] = true;
                    }
                };
        Surrogate.of(source).content().close();
        assertThat(closed[0]).isTrue();

        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("no disk");
            }

            @Override
            public int read(byte[] into, int offset, int count) throws IOException {
                throw new IOException("no disk");
            }
        };
        assertThatThrownBy(() -> Surrogate.of(broken)).isInstanceOf(IOException.class);
    }

    static Surrogate of(byte[] message) throws IOException {
        return Surrogate.of(new ByteArrayInputStream(message));
    }

    /** The header of the surrogate of a message that needs one, without a body. */
    private static String rewritten(String header) throws IOException {
        Surrogate surrogate = of(header.getBytes(UTF_8));
        assertThat(surrogate.needsUtf8()).isTrue();
        byte[] sent = surrogate.content().readAllBytes();
        assertThat(sent).hasSize(header.getBytes(UTF_8).length + surrogate.extraOctets());
        return new String(sent, ISO_8859_1);
    }

    private static DecodedHeader decoded(byte[] header) throws IOException {
        return DecodedHeader.of(of(header).content().readAllBytes());
    }

    static byte[] concat(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    /** Gives the octets before a place and those behind it in different reads. */
    private static final class Cut extends ByteArrayInputStream {
        private final int cut;

        Cut(byte[] octets, int cut) {
            super(octets);
            this.cut = cut;
        }

        @Override
        public synchronized int read(byte[] into, int offset, int count) {
            return super.read(into, offset, pos < cut ? Math.min(count, cut - pos) : count);
        }
    }

    private static final class Slow extends ByteArrayInputStream {
        Slow(byte[] octets) {
            super(octets);
        }

        @Override
        public synchronized int read(byte[] into, int offset, int count) {
            return super.read(into, offset, Math.min(1, count));
        }
    }
}
