package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.mailbox.Delivery;
import org.vmail.net.Network;

/**
 * Sessions of clients that make no sense. Whatever they send: no exception is logged, every session ends, every reply has the
 * form of RFC 2034, section 4, nothing is delivered without an answer, and who speaks HTTP hears nothing more.
 *
 * <p>The seed of a session that fails is in the message; {@code -Dvmail.fuzz.seed} repeats it.
 */
class LmtpFuzzTest {
    private static final String SEED = "vmail.fuzz.seed";
    private static final int HANGS_AFTER_MILLIS = 20_000;
    private static final int MAX_REPLY = 510;
    private static final Pattern REPLY =
            Pattern.compile("([245])[0-9]{2} \\1\\.[0-9]{1,3}\\.[0-9]{1,3} [ -~\\x80-\\xff]+|354 [ -~]+"
                    + "|250[ -][ -~]+|220 mx\\.test LMTP [ -~]+");
    private static final Pattern DELIVERED = Pattern.compile("250 2\\.1\\.5 ok <.+>");
    private static final String HTTP = "POST / HTTP/1.1\r\nHost: mx.test\r\n\r\n";
    private static final List<String> WORDS = List.of(
            "LHLO client.test",
            "EHLO client.test",
            "MAIL FROM:<sender@x.example>",
            "MAIL FROM:<>",
            "MAIL FROM:<\"a > b\"@x.example> SIZE=100 BODY=8BITMIME",
            "MAIL FROM:<\u00c3\u00bc@x.example> SMTPUTF8",
            "MAIL FROM:<\u00fc@x.example> SMTPUTF8",
            "MAIL FROM:<a@x.example> BODY=BINARYMIME RET=HDRS ENVID=a+2Bb",
            "MAIL FROM:<a@x.example> SIZE=99999999999999999999",
            "RCPT TO:<joe@a.example>",
            "RCPT TO:<both@a.example>",
            "RCPT TO:<nobody@a.example>",
            "RCPT TO:<\"joe > who\"@a.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+40b",
            "RCPT TO:<ann@a.example> ORCPT=utf-8;\\x{F6}@x.example",
            "RCPT TO:<postmaster>",
            "RCPT TO:<@r.example:bob@b.example>",
            "DATA",
            "Subject: x\r\n\r\nbody\r\n.",
            "..\r\n.\n.\r.\r\n.",
            ".",
            "BDAT 12\r\nSubject: x\r\n",
            "BDAT 3 LAST\r\nx\r\n",
            "BDAT 0 LAST",
            "BDAT 100000",
            "BDAT 18446744073709551617",
            "XCLIENT ADDR=192.0.2.7 NAME=spike.example HELO=x+2By",
            "XCLIENT NAME=[UNAVAILABLE]",
            "STARTTLS",
            "RSET",
            "NOOP",
            "VRFY joe",
            "QUIT",
            "",
            "GET / HTTP/1.1",
            "Host: mx.test");

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    private final AtomicInteger delivered = new AtomicInteger();

    @Test
    void nothingThatAClientSendsIsTooMuch() throws IOException {
        fuzz(1, Duration.ofSeconds(4));
    }

    @Test
    @Tag("long")
    void nothingThatAClientSendsForMinutesIsTooMuch() throws IOException {
        fuzz(System.nanoTime(), Duration.ofMinutes(3));
    }

    private void fuzz(long firstSeed, Duration time) throws IOException {
        LmtpServer server = lmtp.start(
                Deliverer.over(lmtp.directory, this::begin),
                LmtpFixture.OPTIONS
                        .withDsn(true)
                        .withChunking(true)
                        .withBinaryMime(true)
                        .withMemoryOctets(100)
                        .withMaxMessageOctets(20_000)
                        .withXclientNetworks(List.of(Network.of("127.0.0.0/8")))
                        .withPostmasterDomain(Domain.of("b.example")));
        long end = System.nanoTime() + time.toNanos();
        long seed = Long.getLong(SEED, firstSeed);
        do {
            session(server.boundAddress(), seed);
            seed++;
        } while (System.nanoTime() - end < 0 && Long.getLong(SEED) == null);
        assertThat(lmtp.log().texts()).as("up to seed %d", seed).noneMatch(text -> text.contains("Exception"));
        assertThat(delivered.get()).as("it is not all nonsense").isPositive();
    }

    private Delivery begin(MailAddress mailbox) {
        return new Delivery() {
            @Override
            public OutputStream message() {
                return OutputStream.nullOutputStream();
            }

            @Override
            public void commit() {
                delivered.incrementAndGet();
            }

            @Override
            public void close() {}
        };
    }

    private void session(InetSocketAddress server, long seed) throws IOException {
        Random random = new Random(seed);
        boolean http = random.nextInt(10) == 0;
        byte[] sent = ((http ? HTTP : "") + octets(random)).getBytes(ISO_8859_1);
        int before = delivered.get();
        String heard = converse(server, sent, random);

        List<String> lines = new ArrayList<>(List.of(heard.split("\r\n", -1)));
        boolean whole = lines.remove(lines.size() - 1).isEmpty();
        assertThat(whole).as("seed %d: the end of a line", seed).isTrue();
        assertThat(lines)
                .allSatisfy(line ->
                        assertThat(line).as("seed %d", seed).matches(REPLY).hasSizeLessThanOrEqualTo(MAX_REPLY));
        if (http) {
            assertThat(lines).as("seed %d: the greeting at most", seed).hasSizeLessThanOrEqualTo(1);
        }
        if (lines.stream().anyMatch(line -> DELIVERED.matcher(line).matches())) {
            assertThat(delivered.get()).as("seed %d: a 250 is stored", seed).isGreaterThan(before);
        }
    }

    private static String octets(Random random) {
        StringBuilder octets = new StringBuilder();
        if (random.nextInt(4) > 0) {
            octets.append("LHLO client.test\r\n");
        }
        if (random.nextInt(3) > 0) {
            octets.append("MAIL FROM:<>\r\nRCPT TO:<joe@a.example>\r\n");
        }
        int lines = 1 + random.nextInt(30);
        for (int i = 0; i < lines; i++) {
            String word = WORDS.get(random.nextInt(WORDS.size()));
            octets.append(
                            switch (random.nextInt(8)) {
                                case 0 -> mutated(word, random);
                                case 1 -> noise(random.nextInt(40), random);
                                case 2 -> word.toLowerCase(Locale.ROOT) + " ".repeat(random.nextInt(3));
                                case 3 -> word + noise(random.nextInt(20) == 0 ? 14_000 : 2, random);
                                default -> word;
                            })
                    .append(random.nextInt(12) == 0 ? "\n" : "\r\n");
        }
        return octets.toString();
    }

    private static String mutated(String word, Random random) {
        StringBuilder mutated = new StringBuilder(word);
        for (int i = 0; i <= random.nextInt(3) && mutated.length() > 0; i++) {
            mutated.setCharAt(random.nextInt(mutated.length()), (char) random.nextInt(256));
        }
        return mutated.toString();
    }

    private static String noise(int length, Random random) {
        StringBuilder noise = new StringBuilder();
        for (int i = 0; i < length; i++) {
            noise.append((char) random.nextInt(256));
        }
        return noise.toString();
    }

    /** Sends it in pieces, says that it was all, and hears everything; a server that hangs is a time-out here. */
    private static String converse(InetSocketAddress server, byte[] octets, Random random) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(server, HANGS_AFTER_MILLIS);
            socket.setSoTimeout(HANGS_AFTER_MILLIS);
            socket.setTcpNoDelay(true);
            StringBuilder heard = new StringBuilder();
            try {
                OutputStream out = socket.getOutputStream();
                for (int from = 0; from < octets.length; ) {
                    int count = Math.min(octets.length - from, 1 + random.nextInt(2_000));
                    out.write(octets, from, count);
                    from += count;
                }
                socket.shutdownOutput();
                InputStream in = socket.getInputStream();
                for (int octet = in.read(); octet >= 0; octet = in.read()) {
                    heard.append((char) octet);
                }
            } catch (SocketException closed) {
                // By the server, with octets of ours unread; what it said may be lost with that, the end of a line too.
                return heard.substring(0, heard.lastIndexOf("\n") + 1);
            }
            return heard.toString();
        }
    }
}
