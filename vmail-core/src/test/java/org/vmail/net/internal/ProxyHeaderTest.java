package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.net.InetAddresses;
import com.google.common.primitives.Bytes;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ProxiedConnection;
import org.vmail.net.ProxiedTls;

/** HAProxy's proxy-protocol.txt, sections 2.1 and 2.2. Headers are written out here, not by the code that is tested. */
class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String CLIENT = "c0000207"; // 192.0.2.7
    private static final String SERVER = "cb00710a"; // 203.0.113.10
    private static final String PORTS = "dc04006e"; // 56324 and 110
    private static final String TCP4 = CLIENT + SERVER + PORTS;
    private static final ProxyHeader PLAIN = ProxyHeader.of(at("192.0.2.7", 56324), at("203.0.113.10", 110));

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddresses.forString(address), port);
    }

    private static Optional<ProxyHeader> read(byte[] octets) throws IOException {
        return ProxyHeader.read(new PiecemealChannel(octets, () -> octets.length));
    }

    private static ProxyHeader readLine(String line) throws IOException {
        return read((line + "\r\n").getBytes(ISO_8859_1)).orElseThrow();
    }

    /** A header of version 2: the command and family, then what follows, in hexadecimal digits. */
    private static byte[] v2(String commandAndFamily, String rest) {
        return HexFormat.of().parseHex(SIGNATURE + commandAndFamily + String.format("%04x", rest.length() / 2) + rest);
    }

    private static String tlv(int type, String valueInHex) {
        return String.format("%02x%04x", type, valueInHex.length() / 2) + valueInHex;
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(UTF_8));
    }

    private static void assertMalformed(byte[] octets) {
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> read(octets));
    }

    @Test
    void aLineTellsBothEnds() throws IOException {
        assertThat(readLine("PROXY TCP4 192.0.2.7 203.0.113.10 56324 110")).isEqualTo(PLAIN);
        assertThat(readLine("PROXY TCP6 2001:db8::7 2001:DB8:0:0::A 0 65535"))
                .isEqualTo(ProxyHeader.of(at("2001:db8::7", 0), at("2001:db8::a", 65535)));
    }

    @Test
    void anIpv4ClientOfAnIpv6SocketIsAnIpv4Client() throws IOException {
        ProxyHeader header = readLine("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:203.0.113.10 56324 110");
        assertThat(header).isEqualTo(PLAIN);
        assertThat(read(v2("2121", "00000000000000000000ffff" + CLIENT + "00000000000000000000ffff" + SERVER + PORTS)))
                .contains(PLAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY UNKNOWN",
                "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535",
                "PROXY UNKNOWN whatever it is, to the end of the line\rand behind a CR"
            })
    void aProxyThatCannotTellSpeaksForItself(String line) throws IOException {
        assertThat(readLine(line)).isEqualTo(ProxyHeader.local());
    }

    @Test
    void theLongestLineHas107Octets() throws IOException {
        String prefix = "PROXY UNKNOWN ";
        String longest = prefix + "x".repeat(105 - prefix.length());
        assertThat(readLine(longest)).isEqualTo(ProxyHeader.local());
        PiecemealChannel tooLong = new PiecemealChannel((longest + "x\r\n").getBytes(ISO_8859_1), () -> 200);
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> ProxyHeader.read(tooLong))
                .withMessageContaining("no end");
        assertThat(tooLong.read()).isLessThanOrEqualTo(107);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 110 1",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 110 ",
                "PROXY TCP4  192.0.2.7 203.0.113.10 56324 110",
                "PROXY TCP4 192.0.2.7\t203.0.113.10 56324 110",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 65536",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 -1",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 +110",
                "PROXY TCP4 192.0.2.7 203.0.113.10 056324 110",
                "PROXY TCP4 192.0.2.7 203.0.113.10 99999999999 110",
                "PROXY TCP4 192.0.2.256 203.0.113.10 56324 110",
                "PROXY TCP4 192.0.2 203.0.113.10 56324 110",
                "PROXY TCP4 192.000.002.007 203.0.113.10 56324 110",
                "PROXY TCP4 mail.example 203.0.113.10 56324 110",
                "PROXY TCP4 2001:db8::7 2001:db8::a 56324 110",
                "PROXY TCP6 192.0.2.7 203.0.113.10 56324 110",
                "PROXY TCP6 fe80::1%eth0 2001:db8::a 56324 110",
                "PROXY TCP6 ::1::2 2001:db8::a 56324 110",
                "PROXY tcp4 192.0.2.7 203.0.113.10 56324 110",
                "PROXY TCP5 192.0.2.7 203.0.113.10 56324 110",
                "PROXY UNKNOWN2",
                "PROXY \0\0\0\0\0\0\0\0\0",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 110\nUSER joe",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 110\n",
                "proxy TCP4 192.0.2.7 203.0.113.10 56324 110",
                "PROXYTCP4 192.0.2.7 203.0.113.10 56324 110",
                " PROXY TCP4 192.0.2.7 203.0.113.10 56324 110",
                "USER joe@a.example",
                "\r\nPROXY UNKNOWN"
            })
    void whatIsNoLineIsRefused(String line) {
        assertMalformed((line + "\r\n").getBytes(ISO_8859_1));
    }

    @Test
    void whoeverDoesNotSpeakTheProtocolIsNotWaitedFor() {
        assertMalformed("Q".getBytes(ISO_8859_1));
        assertMalformed("PROXy".getBytes(ISO_8859_1));
        assertMalformed("\r\n\r\n\0\r\nQUIS".getBytes(ISO_8859_1));
        assertMalformed(HexFormat.of().parseHex("1603010200")); // a TLS handshake
    }

    @Test
    void aConnectionThatEndsAtOnceSaysNothing() throws IOException {
        assertThat(read(new byte[0])).isEmpty();
    }

    @Test
    void octetsTellBothEnds() throws IOException {
        assertThat(read(v2("2111", TCP4))).contains(PLAIN);
        assertThat(read(v2("2121", "20010db8000000000000000000000007" + "20010db800000000000000000000000a" + PORTS)))
                .contains(ProxyHeader.of(at("2001:db8::7", 56324), at("2001:db8::a", 110)));
    }

    @Test
    void unixSocketsHavePaths() throws IOException {
        String client = hex("/run/client") + "00".repeat(108 - 11);
        assertThat(read(v2("2131", client + hex("x".repeat(108)))))
                .contains(ProxyHeader.of(
                        UnixDomainSocketAddress.of("/run/client"), UnixDomainSocketAddress.of("x".repeat(108))));
        assertThat(read(v2("2131", "00".repeat(216))))
                .contains(ProxyHeader.of(UnixDomainSocketAddress.of(""), UnixDomainSocketAddress.of("")));
    }

    @ParameterizedTest // The receiver discards the whole block, the family included.
    @ValueSource(strings = {"2000", "2011", "20ff"})
    void ofAProxyThatSpeaksForItselfNothingCounts(String commandAndFamily) throws IOException {
        assertThat(read(v2(commandAndFamily, ""))).contains(ProxyHeader.local());
        assertThat(read(v2(commandAndFamily, TCP4 + tlv(2, hex("a.example")) + "07")))
                .contains(ProxyHeader.local());
    }

    @Test
    void aClientOfAnUnknownFamilyIsUnknown() throws IOException {
        assertThat(read(v2("2100", "0102030405"))).contains(ProxyHeader.local());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1111", "3111", "2211", "2f11", "2112", "2110", "2101", "2141", "2122", "2132"})
    void whatIsNotAConnectionOfOursIsRefused(String commandAndFamily) {
        assertMalformed(v2(commandAndFamily, TCP4 + "00".repeat(300)));
    }

    @Test
    void aHeaderThatIsTooShortForItsAddressesIsRefused() {
        for (String family : new String[] {"2111", "2121", "2131"}) {
            int needed = family.equals("2111") ? 12 : family.equals("2121") ? 36 : 216;
            for (int octets = 0; octets < needed; octets++) {
                assertMalformed(v2(family, "00".repeat(octets)));
            }
        }
    }

    @Test
    void theRestTellsMore() throws IOException {
        String tls = "03" + "00000000" + tlv(0x21, hex("TLSv1.3")) + tlv(0x23, hex("TLS_AES_256_GCM_SHA384"))
                + tlv(0x22, hex("Zoë")) + tlv(0x24, hex("RSA-SHA256")) + tlv(0x25, hex("RSA2048"));
        String rest = TCP4
                + tlv(4, "000000")
                + tlv(1, hex("pop3"))
                + tlv(2, hex("Mail.A.Example"))
                + tlv(5, "c0ffee")
                + tlv(0x30, hex("netns"))
                + tlv(0xea, "01")
                + tlv(0xea, "02")
                + tlv(0x20, tls);
        assertThat(read(v2("2111", rest)))
                .contains(new ProxyHeader(
                        PLAIN.route(),
                        Optional.of("mail.a.example"),
                        Optional.of("pop3"),
                        Optional.of("\u00c0\u00ff\u00ee"),
                        Optional.of(new ProxiedTls(
                                Optional.of("TLSv1.3"),
                                Optional.of("TLS_AES_256_GCM_SHA384"),
                                Optional.of("Zoë"),
                                true))));
    }

    @Test
    void tlsIsOnlyWhereTheProxySaysSo() throws IOException {
        assertThat(read(v2("2111", TCP4 + tlv(0x20, "0000000000")))
                        .orElseThrow()
                        .tls())
                .isEmpty();
        assertThat(read(v2("2111", TCP4 + tlv(0x20, "0600000000")))
                        .orElseThrow()
                        .tls())
                .as("a certificate, but no TLS")
                .isEmpty();
        ProxiedTls without = new ProxiedTls(Optional.empty(), Optional.empty(), Optional.empty(), false);
        assertThat(read(v2("2111", TCP4 + tlv(0x20, "0100000000")))
                        .orElseThrow()
                        .tls())
                .as("verified, but no certificate")
                .contains(without);
        assertThat(read(v2("2111", TCP4 + tlv(0x20, "0300000001")))
                        .orElseThrow()
                        .tls())
                .as("a certificate that is not good")
                .contains(without);
    }

    @Test
    void whatIsEmptyIsNotThere() throws IOException {
        assertThat(read(v2("2111", TCP4 + tlv(1, "") + tlv(2, "") + tlv(5, ""))))
                .contains(PLAIN);
    }

    @Test
    void aPartThatIsNotInOrderMakesTheWholeHeaderBad() {
        assertMalformed(v2("2111", TCP4 + "01"));
        assertMalformed(v2("2111", TCP4 + "0100"));
        assertMalformed(v2("2111", TCP4 + "010001"));
        assertMalformed(v2("2111", TCP4 + "02ffff" + hex("a.example")));
        assertMalformed(v2("2111", TCP4 + tlv(2, "ff")));
        assertMalformed(v2("2111", TCP4 + tlv(2, hex("a")) + tlv(2, hex("b"))));
        assertMalformed(v2("2111", TCP4 + tlv(5, "00".repeat(129))));
        assertMalformed(v2("2111", TCP4 + tlv(0x20, "01000000")));
        assertMalformed(v2("2111", TCP4 + tlv(0x20, "0100000000" + "21")));
        assertMalformed(v2("2111", TCP4 + tlv(0x20, "0100000000" + "210009" + hex("TLS"))));
    }

    @Test // RFC 3720, appendix B.4, has test vectors of the CRC
    void aChecksumIsChecked() throws IOException {
        byte[] header = v2("2111", TCP4 + tlv(2, hex("a.example")) + tlv(3, "00000000"));
        ByteBuffer.wrap(header).putInt(header.length - 4, crc32c(header));
        assertThat(read(header).orElseThrow().authority()).contains("a.example");
        for (int bit = 8 * 16; bit < 8 * header.length; bit++) {
            byte[] changed = header.clone();
            changed[bit / 8] ^= (byte) (1 << (bit % 8));
            if (changed[40] == header[40]) { // else it is no checksum any more
                assertThatExceptionOfType(IOException.class).as("bit %d", bit).isThrownBy(() -> read(changed));
            }
        }
        assertMalformed(v2("2111", TCP4 + tlv(3, "00")));
    }

    /** Bit by bit, as the polynomial is defined. */
    private static int crc32c(byte[] octets) {
        int crc = -1;
        for (byte octet : octets) {
            crc ^= Byte.toUnsignedInt(octet);
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78;
            }
        }
        return ~crc;
    }

    @Test
    void theLengthIsBounded() throws IOException {
        String most = TCP4 + tlv(4, "00".repeat(4096 - 16 - 12 - 3));
        assertThat(read(v2("2111", most))).contains(PLAIN);
        PiecemealChannel tooLong = new PiecemealChannel(v2("2111", most + "00"), () -> 10_000);
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> ProxyHeader.read(tooLong))
                .withMessageContaining("4096");
        assertThat(tooLong.read()).as("not even read").isEqualTo(16);
    }

    @Test
    void nothingBehindTheHeaderIsReadHoweverItArrives() throws IOException {
        byte[] behind = "PROXY UNKNOWN\r\nUSER joe\r\n".getBytes(ISO_8859_1);
        for (byte[] header : new byte[][] {
            "PROXY UNKNOWN\r\n".getBytes(ISO_8859_1), PLAIN.toV1(), v2("2000", ""), v2("2111", TCP4 + tlv(1, "01"))
        }) {
            byte[] all = Bytes.concat(header, behind);
            for (int place = 0; place <= header.length; place++) {
                PiecemealChannel channel = PiecemealChannel.splitAt(place, all);
                assertThat(ProxyHeader.read(channel)).isPresent();
                assertThat(channel.read()).as("split at %d", place).isEqualTo(header.length);
            }
        }
    }

    @Test
    void aHeaderThatIsCutShortIsNoHeader() {
        for (byte[] header : new byte[][] {PLAIN.toV1(), v2("2000", ""), v2("2111", TCP4 + tlv(1, "01"))}) {
            for (int octets = 1; octets < header.length; octets++) {
                byte[] cut = Arrays.copyOf(header, octets);
                assertThatExceptionOfType(EOFException.class).isThrownBy(() -> read(cut));
            }
        }
    }

    @Test
    void aLineIsWrittenWithAddressesOfOneFamily() {
        assertThat(PLAIN.toV1()).asString(ISO_8859_1).isEqualTo("PROXY TCP4 192.0.2.7 203.0.113.10 56324 110\r\n");
        assertThat(ProxyHeader.of(at("2001:db8::7", 1), at("203.0.113.10", 2)).toV1())
                .asString(ISO_8859_1)
                .isEqualTo("PROXY TCP6 2001:db8::7 ::ffff:203.0.113.10 1 2\r\n");
        assertThat(ProxyHeader.local().toV1()).asString(ISO_8859_1).isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(ProxyHeader.of(UnixDomainSocketAddress.of("/a"), UnixDomainSocketAddress.of("/b"))
                        .toV1())
                .asString(ISO_8859_1)
                .isEqualTo("PROXY UNKNOWN\r\n");
    }

    @Test
    void aScopeDoesNotLeaveThisMachine() throws IOException {
        byte[] octets = InetAddresses.forString("fe80::1").getAddress();
        InetSocketAddress scoped = new InetSocketAddress(Inet6Address.getByAddress("", octets, 1), 110);
        assertThat(ProxyHeader.of(scoped, scoped).toV1())
                .asString(ISO_8859_1)
                .isEqualTo("PROXY TCP6 fe80::1 fe80::1 110 110\r\n");
    }

    @Test
    void octetsAreWrittenAsSpecified() {
        assertThat(PLAIN.toV2(false)).isEqualTo(v2("2111", TCP4));
        assertThat(ProxyHeader.local().toV2(true)).isEqualTo(v2("2000", ""));
        byte[] checked = v2("2111", TCP4 + tlv(3, "00000000"));
        ByteBuffer.wrap(checked).putInt(checked.length - 4, crc32c(checked));
        assertThat(PLAIN.toV2(true)).isEqualTo(checked);
    }

    @Test
    void whatNobodyWouldTakeIsNotWritten() {
        ProxyHeader huge = new ProxyHeader(
                PLAIN.route(), Optional.of("a".repeat(5000)), Optional.empty(), Optional.empty(), Optional.empty());
        assertThatIllegalArgumentException().isThrownBy(() -> huge.toV2(false));
    }

    @Test
    void thatOurClientCameWithTlsIsPassedOn() throws IOException {
        ConnectionInfo encrypted = new ConnectionInfo(
                at("203.0.113.10", 110),
                at("192.0.2.7", 56324),
                Optional.of("pop.a.example"),
                true,
                at("203.0.113.10", 110),
                Optional.empty());

        assertThat(ProxyHeader.read(Channels.newChannel(
                        new ByteArrayInputStream(ProxyHeader.of(encrypted).toV2(true)))))
                .hasValueSatisfying(header -> {
                    assertThat(header.authority()).contains("pop.a.example");
                    assertThat(header.tls())
                            .contains(new ProxiedTls(Optional.empty(), Optional.empty(), Optional.empty(), false));
                });
    }

    @Test
    void aConnectionIsPassedOnWithAllThatIsKnown() throws IOException {
        InetSocketAddress ours = new InetSocketAddress(InetAddress.getLoopbackAddress(), 110);
        assertThat(ProxyHeader.of(ConnectionInfo.plain(at("203.0.113.10", 110), at("192.0.2.7", 56324))))
                .isEqualTo(PLAIN);
        ProxiedConnection told = new ProxiedConnection(
                ours, false, Optional.of("told"), Optional.of("pop3"), Optional.of("id"), Optional.empty());
        ConnectionInfo proxied = new ConnectionInfo(
                at("203.0.113.10", 110), at("192.0.2.7", 56324), Optional.empty(), false, ours, Optional.of(told));
        assertThat(ProxyHeader.of(proxied))
                .isEqualTo(new ProxyHeader(
                        PLAIN.route(), Optional.of("told"), Optional.of("pop3"), Optional.of("id"), Optional.empty()));
        ProxiedConnection own = new ProxiedConnection(
                ours, true, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(ProxyHeader.of(new ConnectionInfo(ours, ours, Optional.empty(), false, ours, Optional.of(own))))
                .isEqualTo(ProxyHeader.local());
    }
}
