package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.primitives.Bytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.chain.Upstream;
import org.vmail.net.internal.OutboundConnection;

/** What another server says means the same however it is cut, and one that says nonsense is given up within bounds. */
class UpstreamWirePropertyTest {
    private static final int MAX_LINE = 64;
    private static final String[] FRAGMENTS = {
        "+OK",
        "-ERR",
        " ",
        ".",
        "..",
        "\n",
        "\r\n",
        "\r",
        "\r\r\n",
        "\0",
        "[AUTH] no",
        "\u00ff",
        "x".repeat(61),
        "TOP",
        "+ "
    };

    private ServerSocket listening;

    @BeforeEach
    void listen() throws IOException {
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        listening.close();
    }

    /** What is done with a server that says something. */
    private interface Reading<T> {
        T from(UpstreamWire wire) throws IOException;
    }

    private <T> T whenItSays(byte[] octets, Random random, Reading<T> reading) throws IOException {
        try (OutboundConnection connection = OutboundConnection.connect(
                        (InetSocketAddress) listening.getLocalSocketAddress(), Duration.ofSeconds(10));
                Socket server = listening.accept()) {
            long cuts = random.nextLong();
            Thread speaker = new Thread(() -> say(server, octets, cuts));
            speaker.setDaemon(true); // ends when its socket is closed
            speaker.start();
            return reading.from(new UpstreamWire(connection, MAX_LINE));
        }
    }

    private static void say(Socket server, byte[] octets, long seed) {
        Random random = new Random(seed);
        try {
            server.setTcpNoDelay(true);
            OutputStream out = server.getOutputStream();
            for (int at = 0; at < octets.length; ) {
                int piece = Math.min(octets.length - at, octets.length > 10_000 ? 10_000 : 1 + random.nextInt(8));
                out.write(octets, at, piece);
                at += piece;
            }
            server.shutdownOutput();
        } catch (IOException givenUp) {
            // The other side has read enough.
        }
    }

    private static byte[] octets(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static byte[] nonsense(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
        }
        return octets(text.toString());
    }

    /** The lines, and how they end, by RFC 1939's rule but that an LF alone ends a line as well. */
    private static List<String> expected(byte[] octets) {
        List<String> lines = new ArrayList<>();
        for (int at = 0; ; ) {
            int end = Bytes.indexOf(Arrays.copyOfRange(octets, at, octets.length), (byte) '\n');
            int length = end < 0 ? octets.length - at : end;
            if (length >= MAX_LINE) {
                lines.add("endless");
                return lines;
            }
            if (end < 0) {
                lines.add("closed");
                return lines;
            }
            String line = new String(octets, at, length, ISO_8859_1);
            lines.add("line " + (line.endsWith("\r") ? line.substring(0, length - 1) : line));
            at += length + 1;
        }
    }

    private static List<String> lines(UpstreamWire wire) throws IOException {
        List<String> lines = new ArrayList<>();
        while (true) {
            try {
                lines.add("line " + wire.readLine());
            } catch (EOFException e) {
                lines.add("closed");
                return lines;
            } catch (ProtocolException e) {
                lines.add("endless");
                return lines;
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void linesAreTheSameHoweverTheyAreCut(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            byte[] said = nonsense(random);
            assertThat(whenItSays(said, random, UpstreamWirePropertyTest::lines))
                    .as("seed %d, round %d", seed, i)
                    .isEqualTo(expected(said));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13, 14})
    void nonsenseIsNeverALoginNorABug(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            byte[] said = Bytes.concat(octets("+OK ready\r\n"), nonsense(random));
            boolean acceptedBefore = new String(said, ISO_8859_1).split("\n", -1)[1].startsWith("+OK");
            try {
                UpstreamCapabilities found = whenItSays(said, random, UpstreamWirePropertyTest::capabilities);
                assertThat(found.has("TOP") || acceptedBefore)
                        .as("seed %d, round %d", seed, i)
                        .isTrue();
            } catch (IOException refused) {
                assertThat(refused.getMessage())
                        .as("seed %d, round %d", seed, i)
                        .matches("[\\x20-\\x7e]+");
            }
        }
    }

    private static UpstreamCapabilities capabilities(UpstreamWire wire) throws IOException {
        Upstream upstream = Upstream.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 110));
        return new UpstreamLogin(upstream, wire, Optional.empty(), false).capabilities();
    }

    @Test
    void capabilitiesAreTheSameHoweverTheyAreCut() throws IOException {
        byte[] said = octets("+OK ready\r\n+OK\r\nTOP\r\nuidl\nSASL PLAIN LOGIN\r\n\0\r\n.\r\n");
        for (long seed = 0; seed < 50; seed++) {
            UpstreamCapabilities found = whenItSays(said, new Random(seed), UpstreamWirePropertyTest::capabilities);
            assertThat(found.arguments().keySet()).as("seed %d", seed).containsExactly("TOP", "UIDL", "SASL", "\0");
            assertThat(found.arguments("SASL")).contains("PLAIN LOGIN");
        }
    }

    @Test
    void aListOfCapabilitiesWithoutEndIsGivenUp() {
        byte[] said = octets("+OK ready\r\n+OK\r\n" + "X\r\n".repeat(100_000));
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> whenItSays(said, new Random(1), UpstreamWirePropertyTest::capabilities))
                .withMessageContaining("capabilities");
    }

    @Test
    void aLineWithoutEndIsGivenUp() throws IOException {
        byte[] said = new byte[10 << 20];
        Arrays.fill(said, (byte) 'x');
        assertThat(whenItSays(said, new Random(1), UpstreamWirePropertyTest::lines))
                .containsExactly("endless");
    }
}
