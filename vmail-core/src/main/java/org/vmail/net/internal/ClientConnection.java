package org.vmail.net.internal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.vmail.net.Connection;
import org.vmail.net.ConnectionInfo;

/**
 * An accepted connection with deadlines, which the server's watchdog enforces, and with a polite way to end it.
 *
 * <p>A read whose deadline passes ends as if the client had closed, so that the session can still say goodbye;
 * {@link #isTimedOut()} tells the two apart. A write whose deadline passes closes the connection.
 */
public final class ClientConnection implements Connection {
    private static final long NONE = Long.MAX_VALUE;
    private static final int DROP_OCTETS = 4096;
    private static final int MAX_DROPS = 64;

    private final SocketChannel channel;
    private final ConnectionInfo info;
    private final long writeTimeoutNanos;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile boolean awaitingCommand;
    private volatile boolean timedOut;
    private volatile long readDeadline = NONE;
    private volatile long writeDeadline = NONE;

    ClientConnection(SocketChannel channel, Duration writeTimeout) throws IOException {
        this.channel = channel;
        this.info = ConnectionInfo.plain(
                (InetSocketAddress) channel.getLocalAddress(), (InetSocketAddress) channel.getRemoteAddress());
        this.writeTimeoutNanos = writeTimeout.toNanos();
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
        writeDeadline = deadlineIn(writeTimeoutNanos);
        try {
            return channel.write(source);
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
        return stopping.getCount() == 0;
    }

    /**
     * Whether the last read ended because its deadline had passed.
     *
     * @return whether the client was too slow
     */
    public boolean isTimedOut() {
        return timedOut;
    }

    /**
     * Waits, for example to slow down who guesses passwords, but not longer than the server lives.
     *
     * @param duration how long
     */
    public void pause(Duration duration) {
        try {
            // The answer does not matter: a stop is seen before the next command.
            boolean ignored = stopping.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        stopping.countDown();
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
