package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmail.net.ProxiedTls;

/** Headers that nobody thought of; the name of a test that fails has the seed. */
class ProxyHeaderPropertyTest {
    private static final int ROUNDS = 1000;

    static LongStream seeds() {
        return LongStream.of(20261122, System.nanoTime());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsWrittenIsReadAgain(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            ProxyHeader header = header(random);
            byte[] octets = header.toV2(random.nextBoolean());
            assertRead(header, octets, random);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aLineIsReadAgainAsFarAsItTells(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            ProxyHeader header = header(random);
            ProxyHeader told = header.route()
                    .filter(route -> route.source() instanceof InetSocketAddress)
                    .map(route -> ProxyHeader.of(route.source(), route.destination()))
                    .orElse(ProxyHeader.local());
            assertThat(header.toV1()).hasSizeLessThanOrEqualTo(107);
            assertRead(told, header.toV1(), random);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsDamagedIsAHeaderOrAnErrorAndNeverReadTooFar(long seed) {
        Random random = new Random(seed);
        int headers = 0;
        for (int i = 0; i < 5 * ROUNDS; i++) {
            ProxyHeader header = header(random);
            byte[] octets = random.nextBoolean() ? header.toV1() : header.toV2(random.nextInt(4) == 0);
            damage(octets, random);
            PiecemealChannel channel =
                    new PiecemealChannel(Bytes.concat(octets, new byte[5000]), () -> 1 + random.nextInt(50));
            try {
                headers += ProxyHeader.read(channel).isPresent() ? 1 : 0;
            } catch (IOException refused) {
                assertThat(refused).hasMessageMatching("[\\x20-\\x7e]+");
            }
            assertThat(channel.read()).isLessThanOrEqualTo(ProxyHeader.MAX_OCTETS);
        }
        assertThat(headers).as("not all damage is seen").isPositive();
    }

    private static void assertRead(ProxyHeader expected, byte[] octets, Random random) throws IOException {
        PiecemealChannel channel =
                new PiecemealChannel(Bytes.concat(octets, new byte[200]), () -> 1 + random.nextInt(40));
        assertThat(ProxyHeader.read(channel)).contains(expected);
        assertThat(channel.read()).isEqualTo(octets.length);
    }

    private static void damage(byte[] octets, Random random) {
        for (int i = random.nextInt(4); i >= 0; i--) {
            octets[random.nextInt(octets.length)] =
                    (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(4));
        }
    }

    private static ProxyHeader header(Random random) {
        if (random.nextInt(8) == 0) {
            return ProxyHeader.local();
        }
        boolean unix = random.nextInt(8) == 0;
        SocketAddress source = unix ? path(random) : address(random);
        SocketAddress destination = unix ? path(random) : address(random);
        return new ProxyHeader(
                Optional.of(new ProxyHeader.Route(source, destination)),
                maybe(random, () -> text(random, 255).toLowerCase(Locale.ROOT)),
                maybe(random, () -> octets(random, 255)),
                maybe(random, () -> octets(random, 128)),
                maybe(
                        random,
                        () -> new ProxiedTls(
                                maybe(random, () -> octets(random, 10)),
                                maybe(random, () -> octets(random, 30)),
                                maybe(random, () -> text(random, 64)),
                                random.nextBoolean())));
    }

    private static <T> Optional<T> maybe(Random random, Supplier<T> value) {
        return random.nextBoolean() ? Optional.of(value.get()) : Optional.empty();
    }

    private static SocketAddress path(Random random) {
        return UnixDomainSocketAddress.of("/" + "x".repeat(random.nextInt(107)));
    }

    private static SocketAddress address(Random random) {
        byte[] octets = new byte[random.nextBoolean() ? 4 : 16];
        random.nextBytes(octets);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(octets), random.nextInt(65536));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Any octets, one char each. */
    private static String octets(Random random, int max) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(max); i >= 0; i--) {
            text.append((char) random.nextInt(256));
        }
        return text.toString();
    }

    /** Letters, some of them not of ASCII. */
    private static String text(Random random, int max) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(max); i >= 0; i--) {
            text.appendCodePoint(random.nextInt(5) == 0 ? 0x3b1 + random.nextInt(25) : 'A' + random.nextInt(26));
        }
        return text.toString();
    }
}
