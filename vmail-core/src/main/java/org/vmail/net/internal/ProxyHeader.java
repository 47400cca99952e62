package org.vmail.net.internal;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.Optional;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ProxiedConnection;
import org.vmail.net.ProxiedTls;

/**
 * What a proxy says of a client before anything of the client's: the header of HAProxy's PROXY protocol, versions 1 and 2
 * (proxy-protocol.txt, section 2). The texts may be what a client sent, and may stand in a log only when they have been made
 * printable.
 *
 * @param route who speaks with whom; empty if the proxy speaks for itself, as to see whether we are there, or cannot tell
 *     (LOCAL, UNKNOWN, AF_UNSPEC): then the connection's own addresses count, and nothing else is known
 * @param authority the host name that the client asked for, in lower case, often by TLS (RFC 6066, section 3)
 * @param applicationProtocol what the client wants to speak (RFC 7301), one char for each octet
 * @param uniqueId the proxy's name for the connection, one char for each octet
 * @param tls the TLS between client and proxy
 */
public record ProxyHeader(
        Optional<Route> route,
        Optional<String> authority,
        Optional<String> applicationProtocol,
        Optional<String> uniqueId,
        Optional<ProxiedTls> tls) {
    /** No header that is read may have more. */
    public static final int MAX_OCTETS = 4096;

    /** As many octets as tell the versions apart; no header is so short. */
    private static final int FIRST_OCTETS = 12;

    /**
     * Who speaks with whom. Both addresses are of the internet, or both are Unix-domain sockets.
     *
     * @param source the client's end
     * @param destination the end that it connected to
     */
    public record Route(SocketAddress source, SocketAddress destination) {}

    /**
     * A proxy that speaks for itself.
     *
     * @return a header that says nothing
     */
    public static ProxyHeader local() {
        return new ProxyHeader(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * A client of which nothing is known but its addresses.
     *
     * @param source the client's end
     * @param destination the end that it connected to
     * @return a header
     */
    public static ProxyHeader of(SocketAddress source, SocketAddress destination) {
        return new ProxyHeader(
                Optional.of(new Route(source, destination)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /**
     * What we would tell of a connection to whom we pass it on.
     *
     * @param connection a client's, straight or through a proxy
     * @return a header with all that is known; of this server's own TLS, that there is some
     */
    public static ProxyHeader of(ConnectionInfo connection) {
        Optional<ProxiedConnection> proxied = connection.proxied();
        if (proxied.filter(ProxiedConnection::own).isPresent()) {
            return local();
        }
        return new ProxyHeader(
                Optional.of(new Route(connection.remote(), connection.local())),
                connection.serverName().or(() -> proxied.flatMap(ProxiedConnection::authority)),
                proxied.flatMap(ProxiedConnection::applicationProtocol),
                proxied.flatMap(ProxiedConnection::uniqueId),
                proxied.flatMap(ProxiedConnection::tls).or(() -> ownTls(connection)));
    }

    private static Optional<ProxiedTls> ownTls(ConnectionInfo connection) {
        return connection.encrypted()
                ? Optional.of(new ProxiedTls(Optional.empty(), Optional.empty(), Optional.empty(), false))
                : Optional.empty();
    }

    /**
     * Reads a header of either version, and no octet behind it.
     *
     * @param channel where it comes from; it blocks
     * @return what it says, or empty if the channel ends before the first octet
     * @throws ProtocolException if that is no header, or one of more than {@value #MAX_OCTETS} octets; the message says what is
     *     wrong, and holds nothing of what was read
     * @throws IOException if the channel breaks, or ends within the header
     */
    public static Optional<ProxyHeader> read(ReadableByteChannel channel) throws IOException {
        Input in = new Input(channel);
        while (in.count < FIRST_OCTETS) {
            if (!in.readSome(FIRST_OCTETS - in.count)) {
                return Optional.empty();
            }
            if (!in.beginsLike(ProxyHeaderV1.PREFIX) && !in.beginsLike(ProxyHeaderV2.SIGNATURE)) {
                throw new ProtocolException("There is no PROXY header");
            }
        }
        return Optional.of(in.beginsLike(ProxyHeaderV1.PREFIX) ? readV1(in) : readV2(in));
    }

    /**
     * The header in version 1, a line of text. It has the addresses, and nothing of the rest.
     *
     * @return at most 107 octets
     */
    public byte[] toV1() {
        return ProxyHeaderV1.write(this);
    }

    /**
     * The header in version 2.
     *
     * @param checksum whether the receiver can see that nothing was changed on the way: a CRC-32C is added
     * @return the octets
     * @throws IllegalArgumentException if the texts are so long that no receiver would take them
     */
    public byte[] toV2(boolean checksum) {
        return ProxyHeaderV2.write(this, checksum);
    }

    private static ProxyHeader readV1(Input in) throws IOException {
        while (!ProxyHeaderV1.isWhole(in.octets, in.count)) {
            if (in.count == ProxyHeaderV1.MAX_OCTETS) {
                throw new ProtocolException("The PROXY header has no end");
            }
            // Behind anything but CR there are still CR and LF to come.
            int missing = in.octets[in.count - 1] == '\r' ? 1 : 2;
            in.readSome(Math.min(missing, ProxyHeaderV1.MAX_OCTETS - in.count));
        }
        return ProxyHeaderV1.parse(in.octets, in.count);
    }

    private static ProxyHeader readV2(Input in) throws IOException {
        in.readTo(ProxyHeaderV2.FIXED_OCTETS);
        int whole = ProxyHeaderV2.length(in.octets);
        if (whole > MAX_OCTETS) {
            throw new ProtocolException("The PROXY header has more than " + MAX_OCTETS + " octets");
        }
        in.readTo(whole);
        return ProxyHeaderV2.parse(Arrays.copyOf(in.octets, whole));
    }

    /** What was read so far. */
    private static final class Input {
        private final ReadableByteChannel channel;
        private byte[] octets = new byte[128];
        private int count;

        Input(ReadableByteChannel channel) {
            this.channel = channel;
        }

        void readTo(int total) throws IOException {
            if (total > octets.length) {
                octets = Arrays.copyOf(octets, total);
            }
            while (count < total) {
                readSome(total - count);
            }
        }

        /** Reads as much as there is; false if the channel ended before the first octet. */
        boolean readSome(int most) throws IOException {
            int more = channel.read(ByteBuffer.wrap(octets, count, most));
            if (more < 0 && count > 0) {
                throw new EOFException("The connection ended within the PROXY header");
            }
            count += Math.max(more, 0);
            return more >= 0;
        }

        boolean beginsLike(byte[] prefix) {
            int common = Math.min(count, prefix.length);
            return Arrays.equals(octets, 0, common, prefix, 0, common);
        }
    }
}
