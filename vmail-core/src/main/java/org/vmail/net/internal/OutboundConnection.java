package org.vmail.net.internal;

import com.google.common.primitives.Ints;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * A connection that we have made, as a client of another server: a channel that blocks. One thread may read while another
 * writes. It has no deadlines of its own; whoever thinks that something takes too long closes it, which any thread may do
 * and which ends a read or write that is under way.
 */
public final class OutboundConnection implements ByteChannel {
    private final SocketChannel channel;
    private volatile @Nullable TlsChannel tls;

    private OutboundConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects.
     *
     * @param address where to; a host name that is not resolved is looked up, and all its addresses are tried
     * @param timeout how long that may take; at least a millisecond
     * @return the connection, which the caller closes
     * @throws IOException if nobody is there
     */
    public static OutboundConnection connect(InetSocketAddress address, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        if (!address.isUnresolved()) {
            return connect(address, deadline);
        }
        IOException failure = new UnknownHostException(address.getHostString());
        for (InetAddress each : HostAddresses.SYSTEM.of(address.getHostString(), timeout)) {
            try {
                return connect(new InetSocketAddress(each, address.getPort()), deadline);
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure;
    }

    private static OutboundConnection connect(InetSocketAddress address, long deadline) throws IOException {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(address, Ints.saturatedCast(Math.max(1, millis)));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            return new OutboundConnection(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Connects to a Unix socket, or fails at once.
     *
     * @param socket where to
     * @return the connection, which the caller closes
     * @throws IOException if nobody is there, we may not connect, or too many already wait to be accepted
     */
    public static OutboundConnection connect(UnixDomainSocketAddress socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false); // else it waits for its place in the queue, for ever if need be
            if (!channel.connect(socket)) {
                throw new ConnectException(socket + " has no place for another connection");
            }
            channel.configureBlocking(true);
            return new OutboundConnection(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Begins TLS. Nothing may be read or written meanwhile, and nothing that was received before may be pending.
     *
     * @param engine in client mode
     * @param applicationProtocol what is spoken here, as registered for ALPN (RFC 7301)
     * @throws IOException if it failed, which is also the case if the server is not trusted; the message says why
     */
    public void startTls(SSLEngine engine, String applicationProtocol) throws IOException {
        TlsChannel secured = new TlsChannel(engine, applicationProtocol, channel);
        secured.handshake();
        tls = secured;
    }

    /**
     * Our end of the connection, which is not a Unix socket's.
     *
     * @return address and port
     * @throws IOException if the connection is closed
     */
    public InetSocketAddress localAddress() throws IOException {
        return (InetSocketAddress) channel.getLocalAddress();
    }

    /**
     * The server's end of it, which is not a Unix socket.
     *
     * @return address and port
     * @throws IOException if the connection is closed
     */
    public InetSocketAddress remoteAddress() throws IOException {
        return (InetSocketAddress) channel.getRemoteAddress();
    }

    /**
     * Whether the server is on this machine.
     *
     * @return whether it has a loopback address or a Unix socket
     * @throws IOException if the connection is closed
     */
    public boolean isLocal() throws IOException {
        return !(channel.getRemoteAddress() instanceof InetSocketAddress remote)
                || remote.getAddress().isLoopbackAddress();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        TlsChannel secured = tls;
        return secured == null ? channel.read(target) : secured.read(target);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        TlsChannel secured = tls;
        return secured == null ? channel.write(source) : secured.write(source);
    }

    /**
     * Tells the server that nothing more will be sent; what it sends can still be read.
     *
     * @throws IOException if the connection is broken or closed
     */
    public void shutdownOutput() throws IOException {
        TlsChannel secured = tls;
        if (secured != null) {
            secured.endOutput();
        }
        channel.shutdownOutput();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
