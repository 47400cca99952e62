package org.vmail.pop3;

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
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.auth.SaslMechanism;
import org.vmail.auth.TokenResult;

/**
 * Sessions of clients that make no sense. Whatever they send: no exception is logged, every session ends, every reply has a
 * form that RFC 1939, section 3, or RFC 5034, section 4, knows, and who speaks HTTP hears nothing more.
 *
 * <p>The seed of a session that fails is in the message; {@code -Dvmail.fuzz.seed} repeats it.
 */
class Pop3FuzzTest {
    private static final String SEED = "vmail.fuzz.seed";
    private static final int HANGS_AFTER_MILLIS = 20_000;
    private static final int MAX_STATUS = 510;
    private static final Pattern STATUS = Pattern.compile("\\+OK( [ -~]*)?|-ERR( [ -~]*)?|\\+ [A-Za-z0-9+/=]*");
    private static final String HTTP = "POST / HTTP/1.1\r\nHost: pop.a.example\r\n\r\n";
    private static final List<String> WORDS = List.of(
            "USER joe@a.example",
            "PASS " + Pop3Fixture.PASSWORD,
            "PASS " + Pop3Fixture.WRONG_PASSWORD,
            "USER",
            "APOP joe@a.example c4c9334bac560ecc979e58001b3e22fb",
            "AUTH",
            "AUTH PLAIN",
            "AUTH PLAIN =",
            "AUTH PLAIN AGpvZUBhLmV4YW1wbGUAb3BlbiBzZXNhbWUgMTAwMQ==",
            "AUTH LOGIN",
            "am9lQGEuZXhhbXBsZQ==",
            "eA==",
            "AUTH SCRAM-SHA-256 biwsbj1qb2VAYS5leGFtcGxlLHI9Znlrbw==",
            "Yz1iaXdzLHI9eCxwPXg=",
            "AUTH OAUTHBEARER bixhPWpvZUBhLmV4YW1wbGUsAWF1dGg9QmVhcmVyIHgBAQ==",
            "AUTH XOAUTH2",
            "AQ==",
            "*",
            "CAPA",
            "STLS",
            "UTF8",
            "LANG",
            "LANG *",
            "LANG en",
            "STAT",
            "LIST",
            "LIST 1",
            "LIST 4294967297",
            "UIDL",
            "UIDL 2",
            "RETR 1",
            "RETR 2",
            "RETR 3",
            "TOP 1 0",
            "TOP 2 1",
            "TOP 3 -1",
            "DELE 1",
            "RSET",
            "NOOP",
            "QUIT",
            "",
            "GET / HTTP/1.1",
            "Host: pop.a.example");

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

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
        Pop3Fixture.deliver(
                pop3.store,
                "Subject: x\r\n\r\n.\r\nx\r\n",
                "Subject: Gr\u00c3\u00bc\u00c3\u009fe\r\n\r\n" + "y".repeat(5_000),
                "no header");
        Pop3Server server = pop3.start(builder -> builder.options(Pop3Fixture.OPTIONS
                        .withApop(true)
                        .withSaslMechanisms(EnumSet.allOf(SaslMechanism.class))
                        .withWorkarounds(EnumSet.allOf(Workaround.class)))
                .tokenVerifier(token -> TokenResult.Invalid.of("no token is right")));
        long end = System.nanoTime() + time.toNanos();
        long seed = Long.getLong(SEED, firstSeed);
        do {
            session(server.boundAddress(), seed);
            seed++;
        } while (System.nanoTime() - end < 0 && Long.getLong(SEED) == null);
        assertThat(pop3.log().texts()).as("up to seed %d", seed).noneMatch(text -> text.contains("Exception"));
    }

    private static void session(InetSocketAddress server, long seed) throws IOException {
        Random random = new Random(seed);
        boolean http = random.nextInt(10) == 0;
        byte[] sent = ((http ? HTTP : "") + octets(random)).getBytes(ISO_8859_1);
        String heard = converse(server, sent, random);

        List<String> lines = new ArrayList<>(List.of(heard.split("\r\n", -1)));
        assertThat(lines.remove(lines.size() - 1))
                .as("seed %d: the end of a line", seed)
                .isEmpty();
        checkReplies(lines, seed);
        if (http) {
            assertThat(lines).as("seed %d: the greeting at most", seed).hasSizeLessThanOrEqualTo(1);
        }
    }

    private static String octets(Random random) {
        StringBuilder octets = new StringBuilder();
        int lines = 1 + random.nextInt(30);
        if (random.nextInt(3) > 0) {
            octets.append("USER joe@a.example\r\nPASS ")
                    .append(Pop3Fixture.PASSWORD)
                    .append("\r\n");
        }
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

    private static void checkReplies(List<String> lines, long seed) {
        int at = 0;
        while (at < lines.size()) {
            String status = lines.get(at++);
            assertThat(status).as("seed %d", seed).matches(STATUS).hasSizeLessThanOrEqualTo(MAX_STATUS);
            if (isMultiline(status)) {
                int last = lines.subList(at, lines.size()).indexOf(".");
                // The connection may have ended before it.
                at = last < 0 ? lines.size() : at + last + 1;
            }
        }
    }

    private static boolean isMultiline(String status) {
        return status.startsWith("+OK")
                && (status.endsWith("follow") || status.matches("\\+OK [0-9]+ octets|\\+OK [0-9]+ messages? .*"));
    }
}
