package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.vmail.net.Connection;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ServerOptions;

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
    private final ConnectionInfo info;
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
                (InetSocketAddress) channel.getLocalAddress(), (InetSocketAddress) channel.getRemoteAddress());
        this.writeTimeoutNanos = options.writeTimeout().toNanos();
        this.nanosPerOctet = TimeUnit.SECONDS.toNanos(1) / options.minReadRate();
        this.patienceNanos = writeTimeoutNanos;
        channel.setOption(StandardSocketOptions.SO_SNDBUF, options.sendBufferOctets());
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }

    @Override
    public ConnectionInfo info() {
        return info;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return channel.read(target);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        long begun = System.nanoTime();
        writeDeadline = begun + patienceNanos;
        try {
            int written = channel.write(source);
            long waited = System.nanoTime() - begun;
            patienceNanos = Math.min(writeTimeoutNanos, patienceNanos - waited + written * nanosPerOctet);
            return written;
        } finally {
            writeDeadline = NONE;
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
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
     * The client, for logs.
     *
     * @return address and port
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
            channel.shutdownOutput();
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
        tryWrite(channel, line);
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
}
