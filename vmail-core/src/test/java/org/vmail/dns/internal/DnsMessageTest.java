package org.vmail.dns.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.dns.internal.DnsMessage.Question;

class DnsMessageTest {
    private static final int QUESTION_NAME = 12;
    private static final FakeDns.Query QUERY = new FakeDns.Query(4711, "1.2.0.192.in-addr.arpa", 12, false, 53);

    private static DnsMessage parse(byte[] octets) throws DnsFormatException {
        return DnsMessage.parse(octets, octets.length);
    }

    /** A message whose question is about a name of these octets. */
    private static byte[] about(int... name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int word : new int[] {1, 0x8180, 1, 0, 0, 0}) {
            DnsReply.write(out, word, 2);
        }
        for (int octet : name) {
            out.write(octet);
        }
        DnsReply.write(out, 12, 2);
        DnsReply.write(out, 1, 2);
        return out.toByteArray();
    }

    private static String name(int... octets) throws DnsFormatException {
        return parse(about(octets)).question().orElseThrow().name();
    }

    @Test
    void aQueryReadsBack() throws DnsFormatException {
        Question question = new Question("pop.A.example", 28);
        DnsMessage message = parse(DnsMessage.query(0xfeed, question));
        assertThat(message.id()).isEqualTo(0xfeed);
        assertThat(message.flags()).as("recursion desired, and nothing else").isEqualTo(0x0100);
        assertThat(message.question()).contains(question);
        assertThat(message.answers(0xfeed, question)).as("a query is no reply").isFalse();
    }

    @Test
    void namesAreComparedWithoutRegardToCase() throws DnsFormatException {
        byte[] reply = QUERY.reply().pointer(1, "A.example").octets();
        assertThat(parse(reply).answers(4711, new Question("1.2.0.192.IN-ADDR.ARPA", 12)))
                .isTrue();
        assertThat(parse(reply).answersAbout("1.2.0.192.IN-ADDR.ARPA", 12)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"46, a\\.b", "92, a\\\\b", "0, a\\000b", "10, a\\010b", "32, a\\032b", "255, a\\255b", "47, a/b"})
    void noLabelCanPassForTwoOrForALine(int octet, String text) throws DnsFormatException {
        assertThat(name(3, 'a', octet, 'b', 0)).as("RFC 1035, section 5.1").isEqualTo(text);
    }

    @Test
    void namesAreWrittenShorterWithPointers() throws DnsFormatException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] begin = about(1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0);
        begin[7] = 1; // an answer
        out.writeBytes(begin);
        out.writeBytes(new byte[] {(byte) 0xc0, QUESTION_NAME, 0, 12, 0, 1, 0, 0, 0, 9, 0, 4});
        out.writeBytes(new byte[] {1, 'b', (byte) 0xc0, QUESTION_NAME + 2});
        DnsRecord record = parse(out.toByteArray()).answers().get(0);
        assertThat(record).isEqualTo(new DnsRecord("a.example", 12, 9, new DnsRecord.Data.Name("b.example")));
    }

    @Test
    void aPointerMustLeadBack() {
        assertThatExceptionOfType(DnsFormatException.class).as("to itself").isThrownBy(() -> name(0xc0, QUESTION_NAME));
        assertThatExceptionOfType(DnsFormatException.class)
                .as("to its own label")
                .isThrownBy(() -> name(1, 'a', 0xc0, QUESTION_NAME));
        assertThatExceptionOfType(DnsFormatException.class)
                .as("forward")
                .isThrownBy(() -> name(0xc0, QUESTION_NAME + 2, 1, 'a', 0));
        assertThatExceptionOfType(DnsFormatException.class)
                .as("into the header")
                .isThrownBy(() -> name(0xc0, 0));
        assertThatExceptionOfType(DnsFormatException.class).as("beyond the end").isThrownBy(() -> name(0xff, 0xff));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x40, 0x80, 0xbf})
    void labelsOfUnknownKindsAreRefused(int length) {
        assertThatExceptionOfType(DnsFormatException.class).isThrownBy(() -> name(length, 'a', 0));
    }

    @Test
    void aNameHasAtMost255Octets() throws DnsFormatException {
        int[] name = new int[4 * 64 + 1];
        for (int i = 0; i < 4; i++) {
            Arrays.fill(name, 64 * i, 64 * (i + 1), 'x');
            name[64 * i] = 63;
        }
        assertThatExceptionOfType(DnsFormatException.class).isThrownBy(() -> name(name));
        name[192] = 62;
        name[192 + 63] = 0;
        assertThatExceptionOfType(DnsFormatException.class).as("256 octets").isThrownBy(() -> name(name));
        name[192] = 61; // 3 labels of 64 octets with their lengths, one of 62, the root: 255
        name[192 + 62] = 0;
        assertThat(name(Arrays.copyOf(name, 255))).hasSize(253);
    }

    @Test
    void aRecordMustBeAsLongAsItSays() {
        byte[] reply = QUERY.reply().pointer(1, "a.example").octets();
        int length = reply.length - DnsReply.name("a.example").length - 1;
        for (int wrong : new int[] {0, 5, 10, 12, 255}) {
            byte[] changed = reply.clone();
            changed[length] = (byte) wrong;
            assertThatExceptionOfType(DnsFormatException.class).isThrownBy(() -> parse(changed));
        }
    }

    @Test
    void aMessageThatEndsTooEarlyIsRefusedWhereverItEnds() {
        byte[] reply = QUERY.reply()
                .alias(QUERY.name(), 9, "x.example")
                .pointer(1, "a.example")
                .authority(5, 6)
                .octets();
        for (int length = 0; length < reply.length; length++) {
            byte[] part = Arrays.copyOf(reply, length);
            assertThatExceptionOfType(DnsFormatException.class).isThrownBy(() -> parse(part));
        }
    }

    @Test
    void whateverComesIsReadOrRefused() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] reply = QUERY.reply()
                .alias(QUERY.name(), 9, "x.example")
                .pointer(1, "a.example")
                .authority(5, 6)
                .octets();
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] octets = random.nextInt(4) == 0 ? new byte[random.nextInt(200)] : reply.clone();
            if (octets.length == reply.length) {
                for (int changes = random.nextInt(6); changes >= 0; changes--) {
                    octets[random.nextInt(octets.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 0xc0);
                }
            } else {
                random.nextBytes(octets);
            }
            try {
                parse(octets);
                read++;
            } catch (DnsFormatException refused) {
                assertThat(refused).hasMessageNotContaining("\n");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", message " + Arrays.toString(octets), e);
            }
        }
        assertThat(read).as("seed %d", seed).isGreaterThan(1000);
    }
}
