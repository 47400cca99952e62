package org.vmail.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.net.InetAddresses;
import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    private static final byte[] MAPPED_192_0_2_1 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, (byte) 192, 0, 2, 1};

    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 192.0.2.0, 192.0.2.255, 192.0.1.255, 192.0.3.0",
        "192.0.2.128/25, 192.0.2.128, 192.0.2.255, 192.0.2.127, 192.0.3.0",
        "10.0.0.0/8, 10.0.0.0, 10.255.255.255, 9.255.255.255, 11.0.0.0",
        "192.0.2.7/32, 192.0.2.7, 192.0.2.7, 192.0.2.6, 192.0.2.8",
        "192.0.2.7, 192.0.2.7, 192.0.2.7, 192.0.2.6, 192.0.2.8",
        "0.0.0.0/0, 0.0.0.0, 255.255.255.255, ::, 2001:db8::1",
        "0.0.0.0/1, 0.0.0.0, 127.255.255.255, 128.0.0.0, 255.255.255.255",
        "2001:db8::/32, 2001:db8::, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, 2001:db7:ffff::, 2001:db9::",
        "2001:db8::/33, 2001:db8::, 2001:db8:7fff:ffff::1, 2001:db8:8000::, 2001:db9::",
        "2001:db8::1/128, 2001:db8::1, 2001:db8::1, 2001:db8::, 2001:db8::2",
        "2001:DB8::1, 2001:db8::1, 2001:db8::1, 2001:db8::, 2001:db8::2",
        "::/0, ::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 0.0.0.0, 192.0.2.1"
    })
    void aNetworkHoldsItsFirstAndLastAddressAndNoneBesides(
            String network, String first, String last, String before, String behind) {
        assertThat(Network.of(network).contains(InetAddresses.forString(first))).isTrue();
        assertThat(Network.of(network).contains(InetAddresses.forString(last))).isTrue();
        assertThat(Network.of(network).contains(InetAddresses.forString(before)))
                .isFalse();
        assertThat(Network.of(network).contains(InetAddresses.forString(behind)))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 192.0.2.0/24",
        "192.0.2.1, 192.0.2.1/32",
        "2001:DB8:0:0::/32, 2001:db8::/32",
        "::ffff:192.0.2.0/120, 192.0.2.0/24",
        "::ffff:192.0.2.1, 192.0.2.1/32",
        "::ffff:0:0/96, 0.0.0.0/0"
    })
    void theTextOfANetworkIsItsShortestAndReadsBack(String text, String shortest) {
        assertThat(Network.of(text)).hasToString(shortest).isEqualTo(Network.of(shortest));
    }

    @Test
    void aMappedAddressIsTheIpv4AddressInIt() throws UnknownHostException {
        InetAddress mapped = Inet6Address.getByAddress("client.example", MAPPED_192_0_2_1, 0);
        assertThat(mapped.getAddress()).hasSize(16);
        assertThat(Network.of("192.0.2.0/24").contains(mapped)).isTrue();
        assertThat(Network.of("::/0").contains(mapped)).isFalse();
        assertThat(Network.of(mapped)).isEqualTo(Network.of("192.0.2.1/32"));
        assertThat(new Network(mapped, 128)).isEqualTo(Network.of("192.0.2.1/32"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Network(mapped, 24));
    }

    @Test
    void scopesAndHostNamesDoNotCount() throws UnknownHostException {
        byte[] octets = InetAddresses.forString("fe80::1").getAddress();
        InetAddress scoped = Inet6Address.getByAddress("host.example", octets, 3);
        assertThat(Network.of("fe80::/10").contains(scoped)).isTrue();
        assertThat(Network.of(scoped)).isEqualTo(Network.of("fe80::1")).hasToString("fe80::1/128");
    }

    @Test
    void bitsBehindThePrefixAreRefusedWithBothReadings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Network.of("192.0.2.1/24"))
                .withMessageContaining("192.0.2.0/24")
                .withMessageContaining("or 192.0.2.1,");
        assertThatIllegalArgumentException().isThrownBy(() -> Network.of("2001:db8::1/127"));
        assertThatIllegalArgumentException().isThrownBy(() -> Network.of("128.0.0.0/0"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/24",
                "192.0.2.0/",
                "192.0.2.0/33",
                "192.0.2.0/-1",
                "192.0.2.0/+8",
                "192.0.2.0/024",
                "192.0.2.0/0x8",
                "192.0.2.0/24/24",
                "192.0.2.0/255.255.255.0",
                "192.0.2.0/9999999999",
                "192.0.2/24",
                "192.0.2.0 /24",
                "192.0.2.0/24 ",
                "2001:db8::/129",
                "::ffff:0:0/95",
                "[2001:db8::]/32",
                "fe80::1%1",
                "fe80::%eth0/10",
                "a.example",
                "localhost",
                "192.0.2.0/\u0662\u0664"
            })
    void whatIsNoNetworkIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Network.of(text));
    }

    @Test
    void aRefusalIsSafeToLog() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Network.of("evil\r\nnetwork"))
                .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContainPattern("\\p{Cc}"));
    }

    @Test
    void anAddressIsInANetworkIfAndOnlyIfItsFirstBitsAreThose() throws UnknownHostException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            int bits = random.nextBoolean() ? 32 : 128;
            int prefix = random.nextInt(bits + 1);
            BigInteger first =
                    new BigInteger(bits, random).shiftRight(bits - prefix).shiftLeft(bits - prefix);
            BigInteger near = first.xor(BigInteger.ONE.shiftLeft(random.nextInt(bits)));
            Network network = new Network(address(first, bits), prefix);
            boolean same = first.shiftRight(bits - prefix).equals(near.shiftRight(bits - prefix));
            assertThat(network.contains(address(near, bits)))
                    .as("seed %d: %s contains %s", seed, network, address(near, bits))
                    .isEqualTo(same);
            assertThat(Network.of(network.toString())).as("seed %d", seed).isEqualTo(network);
        }
    }

    private static InetAddress address(BigInteger value, int bits) throws UnknownHostException {
        byte[] octets = new byte[bits / 8];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = value.shiftRight(bits - 8 * (i + 1)).byteValue();
        }
        return InetAddress.getByAddress(octets);
    }
}
