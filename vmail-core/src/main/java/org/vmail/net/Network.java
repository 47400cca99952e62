package org.vmail.net;

import com.google.common.base.CharMatcher;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.vmail.internal.Printable;

/**
 * A block of IP addresses that begin with the same bits (CIDR: RFC 4632, section 3.1, and RFC 4291, section 2.3).
 *
 * <p>An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) is the IPv4 address in it, in networks and in what is looked
 * for: sockets that serve both families show IPv4 clients so. Apart from that a network holds addresses of its own family
 * alone, so {@code ::/0} holds no IPv4 address. Scope identifiers and host names are ignored. Immutable and thread-safe.
 *
 * @param address the first address of the block: all bits behind the prefix are 0
 * @param prefixLength the number of bits that all addresses have in common, 0 to 32 or 128
 */
public record Network(InetAddress address, int prefixLength) {
    private static final int MAPPED_PREFIX_BITS = 96;
    private static final CharMatcher DIGITS = CharMatcher.inRange('0', '9');

    /**
     * Checks that address and prefix are of one network.
     *
     * @param address the first address
     * @param prefixLength the number of common bits
     * @throws IllegalArgumentException if the address has not so many bits, or has others behind the prefix: then it is
     *     not clear whether the address was meant, or all addresses around it
     */
    public Network {
        boolean mapped = isMapped(address.getAddress());
        byte[] octets = octets(address);
        address = bare(octets);
        prefixLength = mapped ? prefixLength - MAPPED_PREFIX_BITS : prefixLength;
        if (prefixLength < 0 || prefixLength > 8 * octets.length) {
            throw new IllegalArgumentException(
                    "A prefix of a network with " + 8 * octets.length + " bits cannot have " + prefixLength);
        }
        byte[] first = masked(octets, prefixLength);
        if (!Arrays.equals(octets, first)) {
            throw new IllegalArgumentException("The network " + text(octets, prefixLength)
                    + " has bits behind its prefix; write " + text(first, prefixLength) + " or " + text(octets)
                    + ", whichever is meant");
        }
    }

    /**
     * Reads a network or a single address.
     *
     * @param text {@code 192.0.2.0/24}, {@code 2001:db8::/32}, or an address without a prefix length, which is a network
     *     of one
     * @return the network
     * @throws IllegalArgumentException if it is neither, or if bits behind the prefix are set, as in
     *     {@code 192.0.2.1/24}; the message says what is wrong and is safe to log
     */
    public static Network of(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        if (!InetAddresses.isInetAddress(host) || host.indexOf('%') >= 0) {
            throw refused(text);
        }
        InetAddress address = InetAddresses.forString(host);
        if (slash < 0) {
            return of(address);
        }
        int prefix = prefixLength(text, text.substring(slash + 1));
        boolean writtenAsMapped = host.indexOf(':') >= 0 && address.getAddress().length == 4;
        if (writtenAsMapped && prefix < MAPPED_PREFIX_BITS) {
            throw refused(text);
        }
        return new Network(address, writtenAsMapped ? prefix - MAPPED_PREFIX_BITS : prefix);
    }

    /**
     * The network of one address.
     *
     * @param address any address
     * @return it alone
     */
    public static Network of(InetAddress address) {
        byte[] octets = octets(address);
        return new Network(bare(octets), 8 * octets.length);
    }

    /**
     * The network of some size that holds an address.
     *
     * @param address any address
     * @param prefixLength the number of common bits, 0 to 32 or 128
     * @return the network
     * @throws IllegalArgumentException if the address has not so many bits
     */
    public static Network around(InetAddress address, int prefixLength) {
        byte[] octets = octets(address);
        return new Network(bare(masked(octets, prefixLength)), prefixLength);
    }

    /**
     * Whether an address is in this network.
     *
     * @param candidate any address
     * @return whether it is of the same family and begins with the same bits
     */
    public boolean contains(InetAddress candidate) {
        byte[] octets = octets(candidate);
        byte[] first = address.getAddress();
        return octets.length == first.length && Arrays.equals(masked(octets, prefixLength), first);
    }

    /**
     * The network as {@link #of(String)} reads it.
     *
     * @return the shortest form of the address (RFC 5952), a slash and the prefix length
     */
    @Override
    public String toString() {
        return text(address.getAddress(), prefixLength);
    }

    private static int prefixLength(String text, String digits) {
        boolean canonical = !digits.isEmpty()
                && digits.length() <= 3
                && DIGITS.matchesAllOf(digits)
                && (digits.length() == 1 || digits.charAt(0) != '0');
        if (!canonical) {
            throw refused(text);
        }
        return Integer.parseInt(digits);
    }

    private static byte[] masked(byte[] octets, int bits) {
        byte[] masked = octets.clone();
        for (int i = 0; i < masked.length; i++) {
            int kept = Math.max(0, Math.min(8, bits - 8 * i));
            masked[i] &= (byte) (0xff00 >> kept);
        }
        return masked;
    }

    /** The octets of an address, those of the IPv4 address if it is a mapped one. */
    private static byte[] octets(InetAddress address) {
        byte[] octets = address.getAddress();
        return isMapped(octets) ? Arrays.copyOfRange(octets, 12, 16) : octets;
    }

    private static boolean isMapped(byte[] octets) {
        if (octets.length != 16 || octets[10] != (byte) 0xff || octets[11] != (byte) 0xff) {
            return false;
        }
        for (int i = 0; i < 10; i++) {
            if (octets[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static InetAddress bare(byte[] octets) {
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Addresses have 4 or 16 octets", e);
        }
    }

    private static String text(byte[] octets, int prefixLength) {
        return text(octets) + '/' + prefixLength;
    }

    private static String text(byte[] octets) {
        return InetAddresses.toAddrString(bare(octets));
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException("The network '" + Printable.of(text) + "' is not an IP address, or one with"
                + " a slash and the length of its prefix");
    }
}
