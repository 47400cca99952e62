package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmail.net.Connection;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ProxiedConnection;
import org.vmail.net.ProxyTrust;
import org.vmail.net.ServerOptions;
import org.vmail.net.TlsContext;

/**
 * An accepted connection with deadlines, which the server's watchdog enforces, and with a polite way to end it.
 *
 * <p>A read whose deadline passes ends as if the client had closed, so that the session can still say goodbye;
 * {@link #isTimedOut()} tells the two apart. A client that takes its octets too slowly is closed.
 */
public final class ClientConnection implements Connection {
    private static final long NONE = Long.MAX_VALUE;
    private static final int DROP_OCTETS = 4096;
    private static final int MAX_DROPS = 64;

    private final SocketChannel channel;
    private volatile ConnectionInfo info;
    private volatile @Nullable TlsChannel tls;
    private final Runnable established;
    private final long writeTimeoutNanos;
    private final long nanosPerOctet;
    private volatile boolean stopping;
    private volatile boolean awaitingCommand;
    private volatile boolean timedOut;
    private volatile long readDeadline = NONE;
    private volatile long writeDeadline = NONE;
    /** How long the client may still keep us waiting: it earns some with all that it takes. */
    private long patienceNanos;

    ClientConnection(SocketChannel channel, ServerOptions options, Runnable established) throws IOException {
        this.channel = channel;
        this.established = established;
        this.info = ConnectionInfo.plain(
                UnixSocketFile.endOf(channel.getLocalAddress()), UnixSocketFile.endOf(channel.getRemoteAddress()));
        this.writeTimeoutNanos = options.writeTimeout().toNanos();
        this.nanosPerOctet = TimeUnit.SECONDS.toNanos(1) / options.minReadRate();
        this.patienceNanos = writeTimeoutNanos;
        channel.setOption(StandardSocketOptions.SO_SNDBUF, options.sendBufferOctets());
        if (!info.isUnixSocket()) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        }
    }

    @Override
    public ConnectionInfo info() {
        return info;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        TlsChannel secured = tls;
        return secured == null ? channel.read(target) : secured.read(target);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        TlsChannel secured = tls;
        return secured == null ? writeOctets(source) : secured.write(source);
    }

    private int writeOctets(ByteBuffer source) throws IOException {
        int end = source.limit();
        // On a platform thread a write ends when all is taken, so it must be no more than can be taken in time.
        long most = Math.max(1, patienceNanos / nanosPerOctet);
        if (source.remaining() > most) {
            source.limit(source.position() + (int) most);
        }
        long begun = System.nanoTime();
        writeDeadline = begun + patienceNanos;
        try {
            int written = channel.write(source);
            long waited = System.nanoTime() - begun;
            patienceNanos = Math.min(writeTimeoutNanos, patienceNanos - waited + written * nanosPerOctet);
            return written;
        } finally {
            writeDeadline = NONE;
            source.limit(end);
        }
    }

    @Override
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

    /**
     * Reads the header in which a proxy says for whom it speaks, before anything else and no octet more. From here on {@link
     * #info} tells what it says.
     *
     * @param trust how far it counts
     * @param timeout how long the proxy may take
     * @return false if the proxy closed without a word
     * @throws java.net.ProtocolException if there is no header, or none that is in order
     * @throws java.io.EOFException if the proxy closed within it, or took too long
     * @throws IOException if the connection broke
     */
    boolean readProxyHeader(ProxyTrust trust, Duration timeout) throws IOException {
        Optional<ProxyHeader> header;
        beginAwait(deadlineIn(timeout.toNanos()));
        try {
            header = isStopping() ? Optional.empty() : ProxyHeader.read(channel);
        } catch (EOFException e) {
            throw timedOut ? headerTimeout(timeout) : e;
        } finally {
            endAwait();
        }
        if (header.isEmpty() && timedOut) {
            throw headerTimeout(timeout);
        }
        header.ifPresent(told -> introduce(told, trust));
        return header.isPresent();
    }

    private void introduce(ProxyHeader header, ProxyTrust trust) {
        Optional<ProxyHeader.Route> route = header.route().filter(known -> known.source() instanceof InetSocketAddress);
        ProxiedConnection proxied = new ProxiedConnection(
                info.remote(),
                route.isEmpty(),
                header.authority(),
                header.applicationProtocol(),
                header.uniqueId(),
                header.tls());
        info = new ConnectionInfo(
                route.map(known -> (InetSocketAddress) known.destination()).orElse(info.local()),
                route.map(known -> (InetSocketAddress) known.source()).orElse(info.remote()),
                Optional.empty(),
                trust.trustsTls() && header.tls().isPresent(),
                info.local(),
                Optional.of(proxied));
    }

    private static EOFException headerTimeout(Duration timeout) {
        return new EOFException("The PROXY header did not come within " + timeout.toMillis() + " ms");
    }

    /**
     * Whether this is a proxy that looks whether we are there, as it does all the time. It is not worth a line in the log.
     *
     * @param octetsIn how much it has said
     * @return whether it has said nothing, and speaks for nobody, or, as HAProxy does in version 1, for its own socket
     */
    public boolean isProxyCheck(long octetsIn) {
        ConnectionInfo known = info;
        return octetsIn == 0
                && known.proxied()
                        .filter(proxied -> proxied.own()
                                || (proxied.proxy().equals(known.remote())
                                        && known.listener().equals(known.local())))
                        .isPresent();
    }

    /**
     * Begins TLS. From here on everything is encrypted, and {@link #info} tells so. Nothing may be read or written
     * meanwhile, and what was received before and is still pending must be dropped, or clear text would pass for encrypted.
     *
     * <p>If it fails, the client has been told, and all that is left to do is to close.
     *
     * @param context certificates and sessions
     * @param applicationProtocol what is spoken here, as registered for ALPN (RFC 7301): a client that asks for others only
     *     is refused
     * @param timeout how long the handshake may take
     * @throws IOException if it failed; the message says why
     */
    public void startTls(TlsContext context, String applicationProtocol, Duration timeout) throws IOException {
        if (tls != null) {
            throw new IllegalStateException("TLS was started before");
        }
        TlsChannel secured = new TlsChannel(context.newEngine(), applicationProtocol, new Octets());
        beginAwait(deadlineIn(timeout.toNanos()));
        try {
            if (isStopping()) {
                throw new IOException("The server is closing");
            }
            secured.handshake();
        } catch (IOException e) {
            dropUnread();
            throw timedOut ? new IOException("The TLS handshake took longer than " + timeout.toSeconds() + " s", e) : e;
        } finally {
            endAwait();
        }
        info = new ConnectionInfo(
                info.local(), info.remote(), secured.serverName(), true, info.listener(), info.proxied());
        tls = secured;
    }

    /**
     * What ties a login to this connection.
     *
     * @param binding which of the kinds
     * @return its value; empty without TLS, or if the kind is not defined for this session or this JDK
     */
    public Optional<byte[]> channelBinding(ChannelBinding binding) {
        TlsChannel secured = tls;
        return secured == null ? Optional.empty() : binding.of(secured.session());
    }

    /**
     * The version and the cipher suite of TLS, for logs.
     *
     * @return two words; empty without TLS
     */
    public Optional<String> tlsText() {
        TlsChannel secured = tls;
        return secured == null
                ? Optional.empty()
                : Optional.of(secured.session().getProtocol() + " "
                        + secured.session().getCipherSuite());
    }

    /**
     * The client, for logs.
     *
     * @return address and port, or that it is a Unix socket
     */
    public String clientText() {
        return text(info.remote());
    }

    /**
     * Where the client connected to, for logs.
     *
     * @return address and port
     */
    public String targetText() {
        return text(info.local());
    }

    /**
     * Whether the server is closing; a session then ends before its next command.
     *
     * @return whether {@link #requestStop} was called
     */
    public boolean isStopping() {
        return stopping;
    }

    /**
     * Whether the last read ended because its deadline had passed.
     *
     * @return whether the client was too slow
     */
    public boolean isTimedOut() {
        return timedOut;
    }

    /** Tells the server that the client has logged in, and is not to be dropped in favour of others. */
    public void establish() {
        established.run();
    }

    /**
     * Lets a stop end what the client sends from here on, as if it had closed: for a connection that is passed on, whose
     * commands nobody here sees.
     */
    public void endInputOnStop() {
        awaitingCommand = true;
        if (isStopping()) {
            endInput();
        }
    }

    /** From here until {@link #endAwait} the client is expected to send a command, and a stop ends the wait. */
    void beginAwait(long deadlineNanos) {
        readDeadline = deadlineNanos;
        awaitingCommand = true;
    }

    void endAwait() {
        awaitingCommand = false;
        readDeadline = NONE;
    }

    /** From here until {@link #endAwait} the client is expected to send data, and a stop waits for the rest of it. */
    void beginTransfer(long deadlineNanos) {
        readDeadline = deadlineNanos;
    }

    static long deadlineIn(long nanos) {
        return System.nanoTime() + nanos;
    }

    void requestStop() {
        stopping = true;
        // The session sets awaitingCommand before it looks at stopping, so one of the two sees the other.
        if (awaitingCommand) {
            endInput();
        }
    }

    void checkDeadlines(long now) {
        if (hasPassed(readDeadline, now)) {
            timedOut = true;
            endInput();
        }
        if (hasPassed(writeDeadline, now)) {
            closeQuietly();
        }
    }

    /**
     * Drops what the client has sent and nobody will read: the system would answer it with a reset, which can overtake our
     * last reply.
     */
    void dropUnread() {
        try {
            shutdownOutput();
            channel.configureBlocking(false);
            ByteBuffer dropped = ByteBuffer.allocate(DROP_OCTETS);
            for (int i = 0; i < MAX_DROPS && channel.read(dropped) > 0; i++) {
                dropped.clear();
            }
        } catch (IOException alreadyBroken) {
            // Then there is nothing to save.
        }
    }

    /** Says something if that is possible at once, to a client that nobody waits for. */
    void tryWrite(String line) {
        if (tls == null) {
            tryWrite(channel, line);
        }
    }

    static void tryWrite(SocketChannel channel, String line) {
        try {
            channel.configureBlocking(false);
            channel.write(ByteBuffer.wrap((line + "\r\n").getBytes(US_ASCII)));
        } catch (IOException alreadyGone) {
            // Then it need not be told.
        }
    }

    void closeQuietly() {
        try {
            channel.close();
        } catch (IOException alreadyBroken) {
            // There is nobody left to tell.
        }
    }

    private static String text(InetSocketAddress address) {
        if (address.getPort() == 0) {
            return "unix";
        }
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private void endInput() {
        try {
            channel.shutdownInput();
        } catch (IOException alreadyBroken) {
            closeQuietly();
        }
    }

    private static boolean hasPassed(long deadline, long now) {
        return deadline != NONE && now - deadline >= 0;
    }

    /** The connection below TLS. */
    private final class Octets implements ByteChannel {
        @Override
        public int read(ByteBuffer target) throws IOException {
            return channel.read(target);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return writeOctets(source);
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
}
