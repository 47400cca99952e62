package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.net.InetAddresses;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.net.internal.ProxyHeader.Route;

/** The PROXY header as a line of text (proxy-protocol.txt, section 2.1). */
final class ProxyHeaderV1 {
    static final byte[] PREFIX = "PROXY ".getBytes(US_ASCII);
    static final int MAX_OCTETS = 107;

    private static final String UNKNOWN = "PROXY UNKNOWN";
    private static final String PORT = "(0|[1-9][0-9]{0,4})";
    private static final List<Pattern> LINES = List.of(
            Pattern.compile("PROXY TCP4 ([0-9.]+) ([0-9.]+) " + PORT + " " + PORT),
            Pattern.compile(
                    "PROXY TCP6 ([0-9a-fA-F:.]*:[0-9a-fA-F:.]*) ([0-9a-fA-F:.]*:[0-9a-fA-F:.]*) " + PORT + " " + PORT));

    private ProxyHeaderV1() {}

    /** Whether the octets end with a line end; a line feed anywhere else is an error. */
    static boolean isWhole(byte[] octets, int count) throws ProtocolException {
        for (int i = PREFIX.length; i < count; i++) {
            if (octets[i] == '\n') {
                if (i == count - 1 && octets[i - 1] == '\r') {
                    return true;
                }
                throw malformed();
            }
        }
        return false;
    }

    /** Reads a line with its end. */
    static ProxyHeader parse(byte[] octets, int count) throws ProtocolException {
        String line = new String(octets, 0, count - 2, US_ASCII);
        if (line.equals(UNKNOWN) || line.startsWith(UNKNOWN + " ")) {
            return ProxyHeader.local();
        }
        for (Pattern form : LINES) {
            Matcher fields = form.matcher(line);
            if (fields.matches()) {
                return ProxyHeader.of(
                        address(fields.group(1), fields.group(3)), address(fields.group(2), fields.group(4)));
            }
        }
        throw malformed();
    }

    static byte[] write(ProxyHeader header) {
        return header.route()
                .filter(route -> route.source() instanceof InetSocketAddress)
                .map(ProxyHeaderV1::line)
                .orElse(UNKNOWN + "\r\n")
                .getBytes(US_ASCII);
    }

    private static String line(Route route) {
        InetSocketAddress source = (InetSocketAddress) route.source();
        InetSocketAddress destination = (InetSocketAddress) route.destination();
        boolean both4 = isIpv4(source) && isIpv4(destination);
        return "PROXY " + (both4 ? "TCP4 " : "TCP6 ") + text(source, both4) + " " + text(destination, both4) + " "
                + source.getPort() + " " + destination.getPort() + "\r\n";
    }

    /** An IPv4 address among IPv6 ones is written as a mapped one (RFC 4291, section 2.5.5.2). */
    private static String text(InetSocketAddress address, boolean both4) {
        String text = InetAddresses.toAddrString(withoutScope(address.getAddress()));
        return isIpv4(address) && !both4 ? "::ffff:" + text : text;
    }

    private static InetAddress withoutScope(InetAddress address) {
        return ProxyHeaderV2.address(address.getAddress());
    }

    private static boolean isIpv4(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address;
    }

    private static InetSocketAddress address(String host, String port) throws ProtocolException {
        int number = Integer.parseInt(port);
        if (number > 0xffff || !InetAddresses.isInetAddress(host)) {
            throw malformed();
        }
        return new InetSocketAddress(InetAddresses.forString(host), number);
    }

    private static ProtocolException malformed() {
        return new ProtocolException("The PROXY header is not in order");
    }
}
