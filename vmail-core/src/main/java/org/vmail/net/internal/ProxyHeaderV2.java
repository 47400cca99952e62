package org.vmail.net.internal;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.io.ByteArrayDataOutput;
import com.google.common.io.ByteStreams;
import com.google.common.primitives.Bytes;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.vmail.net.ProxiedTls;
import org.vmail.net.internal.ProxyHeader.Route;

/** The PROXY header in octets (proxy-protocol.txt, section 2.2). */
final class ProxyHeaderV2 {
    static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

    /** The signature, then version and command, family and transport, and how much follows. */
    static final int FIXED_OCTETS = 16;

    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;

    private static final int UNSPECIFIED = 0x00;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;
    private static final int UNIX_STREAM = 0x31;
    private static final int UNIX_OCTETS = 108;

    private static final int ALPN = 0x01;
    private static final int AUTHORITY = 0x02;
    private static final int CHECKSUM = 0x03;
    private static final int UNIQUE_ID = 0x05;
    private static final int TLS = 0x20;
    private static final int TLS_VERSION = 0x21;
    private static final int TLS_CLIENT_NAME = 0x22;
    private static final int TLS_CIPHER = 0x23;
    private static final Set<Integer> KNOWN =
            Set.of(ALPN, AUTHORITY, CHECKSUM, UNIQUE_ID, TLS, TLS_VERSION, TLS_CLIENT_NAME, TLS_CIPHER);

    private static final int MAX_UNIQUE_ID = 128;
    private static final int TLV_OCTETS = 3;
    private static final int TLS_OCTETS = 5;

    private static final int CLIENT_TLS = 0x01;
    private static final int CLIENT_CERTIFICATE = 0x02;
    private static final int CLIENT_CERTIFICATE_OF_SESSION = 0x04;

    private ProxyHeaderV2() {}

    /** How long a header is, as its first octets say. */
    static int length(byte[] fixed) {
        return FIXED_OCTETS + Short.toUnsignedInt(ByteBuffer.wrap(fixed).getShort(FIXED_OCTETS - 2));
    }

    static ProxyHeader parse(byte[] header) throws ProtocolException {
        ByteBuffer in = ByteBuffer.wrap(header).position(SIGNATURE.length);
        int command = Byte.toUnsignedInt(in.get());
        int family = Byte.toUnsignedInt(in.get());
        in.position(FIXED_OCTETS);
        if (command == LOCAL) {
            return ProxyHeader.local();
        }
        check(command == PROXY, "is of another version than 1 and 2, or has a command that does not exist");
        if (family == UNSPECIFIED) {
            return ProxyHeader.local();
        }
        Route route = route(family, in);
        Map<Integer, byte[]> tlvs = tlvs(in);
        Optional<byte[]> uniqueId = value(tlvs, UNIQUE_ID);
        check(uniqueId.isEmpty() || uniqueId.get().length <= MAX_UNIQUE_ID, "has a unique id that is too long");
        return new ProxyHeader(
                Optional.of(route),
                authority(tlvs),
                text(tlvs, ALPN),
                text(tlvs, UNIQUE_ID),
                tlvs.containsKey(TLS) ? tls(ByteBuffer.wrap(tlvs.get(TLS))) : Optional.empty());
    }

    static byte[] write(ProxyHeader header, boolean checksum) {
        ByteArrayDataOutput out = ByteStreams.newDataOutput();
        int family = header.route().map(route -> writeRoute(route, out)).orElse(UNSPECIFIED);
        if (header.route().isPresent()) { // or nobody would look at the rest
            header.applicationProtocol().ifPresent(name -> writeTlv(out, ALPN, name.getBytes(ISO_8859_1)));
            header.authority().ifPresent(name -> writeTlv(out, AUTHORITY, name.getBytes(UTF_8)));
            header.uniqueId().ifPresent(id -> writeTlv(out, UNIQUE_ID, id.getBytes(ISO_8859_1)));
            header.tls().ifPresent(tls -> writeTlv(out, TLS, octets(tls)));
            if (checksum) {
                writeTlv(out, CHECKSUM, new byte[Integer.BYTES]);
            }
        }
        byte[] rest = out.toByteArray();
        checkArgument(FIXED_OCTETS + rest.length <= ProxyHeader.MAX_OCTETS, "The PROXY header would be too long");
        byte[] whole = Bytes.concat(
                SIGNATURE,
                new byte[] {(byte) (header.route().isPresent() ? PROXY : LOCAL), (byte) family},
                new byte[2],
                rest);
        ByteBuffer.wrap(whole).putShort(FIXED_OCTETS - 2, (short) rest.length);
        if (checksum && header.route().isPresent()) {
            ByteBuffer.wrap(whole).putInt(whole.length - Integer.BYTES, crc(whole));
        }
        return whole;
    }

    /** The address of 4 or 16 octets. */
    static InetAddress address(byte[] octets) {
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 octets are always an address", e);
        }
    }

    private static Route route(int family, ByteBuffer in) throws ProtocolException {
        switch (family) {
            case TCP_OVER_IPV4, TCP_OVER_IPV6 -> {
                byte[] source = take(in, family == TCP_OVER_IPV4 ? 4 : 16);
                byte[] destination = take(in, source.length);
                ByteBuffer ports = ByteBuffer.wrap(take(in, 2 * Short.BYTES));
                return new Route(socketAddress(source, ports.getShort()), socketAddress(destination, ports.getShort()));
            }
            case UNIX_STREAM -> {
                return new Route(unixAddress(take(in, UNIX_OCTETS)), unixAddress(take(in, UNIX_OCTETS)));
            }
            default -> throw new ProtocolException("The PROXY header is of a connection that cannot be ours");
        }
    }

    private static int writeRoute(Route route, ByteArrayDataOutput out) {
        if (route.source() instanceof UnixDomainSocketAddress source) {
            out.write(unixOctets(source));
            out.write(unixOctets((UnixDomainSocketAddress) route.destination()));
            return UNIX_STREAM;
        }
        InetSocketAddress source = (InetSocketAddress) route.source();
        InetSocketAddress destination = (InetSocketAddress) route.destination();
        boolean both4 = source.getAddress() instanceof Inet4Address && destination.getAddress() instanceof Inet4Address;
        out.write(both4 ? source.getAddress().getAddress() : ipv6Octets(source));
        out.write(both4 ? destination.getAddress().getAddress() : ipv6Octets(destination));
        out.writeShort(source.getPort());
        out.writeShort(destination.getPort());
        return both4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6;
    }

    /** An IPv4 address becomes a mapped one (RFC 4291, section 2.5.5.2). */
    private static byte[] ipv6Octets(InetSocketAddress address) {
        byte[] octets = address.getAddress().getAddress();
        return octets.length == 4
                ? Bytes.concat(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff}, octets)
                : octets;
    }

    private static InetSocketAddress socketAddress(byte[] octets, short port) {
        return new InetSocketAddress(address(octets), Short.toUnsignedInt(port));
    }

    /** The path, which ends at the first zero; a socket that has no path but a name in Linux's abstract space has none here. */
    private static UnixDomainSocketAddress unixAddress(byte[] octets) throws ProtocolException {
        int end = Bytes.indexOf(octets, (byte) 0);
        try {
            return UnixDomainSocketAddress.of(new String(octets, 0, end < 0 ? octets.length : end, UTF_8));
        } catch (InvalidPathException e) { // in a locale that has no such letters
            throw new ProtocolException("The PROXY header has a path that is none on this machine");
        }
    }

    private static byte[] unixOctets(UnixDomainSocketAddress address) {
        byte[] path = address.getPath().toString().getBytes(UTF_8);
        checkArgument(path.length <= UNIX_OCTETS, "The path of a Unix-domain socket is too long");
        return Arrays.copyOf(path, UNIX_OCTETS);
    }

    private static Map<Integer, byte[]> tlvs(ByteBuffer in) throws ProtocolException {
        Map<Integer, byte[]> tlvs = new HashMap<>();
        while (in.hasRemaining()) {
            ByteBuffer head = ByteBuffer.wrap(take(in, TLV_OCTETS));
            int type = Byte.toUnsignedInt(head.get());
            int start = in.position();
            byte[] value = take(in, Short.toUnsignedInt(head.getShort()));
            if (type == CHECKSUM) {
                check(value.length == Integer.BYTES && hasChecksum(in, start), "was changed on the way");
            }
            boolean first = tlvs.put(type, value) == null;
            check(first || !KNOWN.contains(type), "says the same thing twice");
        }
        return tlvs;
    }

    private static boolean hasChecksum(ByteBuffer header, int start) {
        byte[] zeroed = new byte[header.limit()];
        header.get(0, zeroed);
        Arrays.fill(zeroed, start, start + Integer.BYTES, (byte) 0);
        return crc(zeroed) == header.getInt(start);
    }

    private static int crc(byte[] octets) {
        CRC32C crc = new CRC32C();
        crc.update(octets);
        return (int) crc.getValue();
    }

    /** It often is what a client sent in its TLS handshake, and that need not be a name. */
    private static Optional<String> authority(Map<Integer, byte[]> tlvs) throws ProtocolException {
        Optional<byte[]> octets = value(tlvs, AUTHORITY);
        if (octets.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Ascii.toLowerCase(
                    UTF_8.newDecoder().decode(ByteBuffer.wrap(octets.get())).toString()));
        } catch (CharacterCodingException e) {
            throw new ProtocolException("The PROXY header has an authority that is not in UTF-8");
        }
    }

    private static Optional<ProxiedTls> tls(ByteBuffer in) throws ProtocolException {
        ByteBuffer head = ByteBuffer.wrap(take(in, TLS_OCTETS));
        byte client = head.get();
        boolean certificate = (client & (CLIENT_CERTIFICATE | CLIENT_CERTIFICATE_OF_SESSION)) != 0;
        boolean verified = head.getInt() == 0;
        Map<Integer, byte[]> tlvs = tlvs(in);
        return (client & CLIENT_TLS) == 0
                ? Optional.empty()
                : Optional.of(new ProxiedTls(
                        text(tlvs, TLS_VERSION),
                        text(tlvs, TLS_CIPHER),
                        value(tlvs, TLS_CLIENT_NAME).map(name -> new String(name, UTF_8)),
                        certificate && verified));
    }

    private static byte[] octets(ProxiedTls tls) {
        ByteArrayDataOutput out = ByteStreams.newDataOutput();
        boolean certificate = tls.clientVerified() || tls.clientName().isPresent();
        out.write(certificate ? CLIENT_TLS | CLIENT_CERTIFICATE : CLIENT_TLS);
        out.writeInt(tls.clientVerified() ? 0 : 1);
        tls.version().ifPresent(text -> writeTlv(out, TLS_VERSION, text.getBytes(ISO_8859_1)));
        tls.clientName().ifPresent(text -> writeTlv(out, TLS_CLIENT_NAME, text.getBytes(UTF_8)));
        tls.cipher().ifPresent(text -> writeTlv(out, TLS_CIPHER, text.getBytes(ISO_8859_1)));
        return out.toByteArray();
    }

    private static void writeTlv(ByteArrayDataOutput out, int type, byte[] value) {
        checkArgument(value.length <= ProxyHeader.MAX_OCTETS, "The PROXY header would be too long");
        out.write(type);
        out.writeShort(value.length);
        out.write(value);
    }

    /** Octets as chars; nothing is no text. */
    private static Optional<String> text(Map<Integer, byte[]> tlvs, int type) {
        return value(tlvs, type).map(octets -> new String(octets, ISO_8859_1));
    }

    private static Optional<byte[]> value(Map<Integer, byte[]> tlvs, int type) {
        return Optional.ofNullable(tlvs.get(type)).filter(value -> value.length > 0);
    }

    private static byte[] take(ByteBuffer in, int count) throws ProtocolException {
        check(in.remaining() >= count, "is shorter than it says");
        byte[] taken = new byte[count];
        in.get(taken);
        return taken;
    }

    private static void check(boolean condition, String problem) throws ProtocolException {
        if (!condition) {
            throw new ProtocolException("The PROXY header " + problem);
        }
    }
}
