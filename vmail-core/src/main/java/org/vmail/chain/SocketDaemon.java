package org.vmail.chain;

import com.google.common.primitives.Ints;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.vmail.net.Connection;
import org.vmail.net.internal.Threads;

/** A daemon behind a socket, of either family. */
final class SocketDaemon implements NativeDaemon {
    private final SocketAddress address;
    private final ChainOptions options;
    private final ScheduledExecutorService timer = newTimer();

    SocketDaemon(SocketAddress address, ChainOptions options) {
        this.address = address;
        this.options = options;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        try (SocketChannel upstream = connect()) {
            new Splice(connection, upstream, options, timer).run();
        }
    }

    private SocketChannel connect() throws IOException {
        try {
            return address instanceof InetSocketAddress inet ? connectTcp(inet) : connectUnix();
        } catch (IOException | RuntimeException e) { // an unresolved host name is a RuntimeException
            throw new IOException("The native daemon at " + address + " cannot be reached: " + e, e);
        }
    }

    private SocketChannel connectTcp(InetSocketAddress inet) throws IOException {
        InetSocketAddress resolved =
                inet.isUnresolved() ? new InetSocketAddress(inet.getHostString(), inet.getPort()) : inet;
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(resolved, connectMillis());
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Such a connect waits for as long as the daemon's backlog is full, and knows no limit of its own. */
    private SocketChannel connectUnix() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        ScheduledFuture<?> limit = timer.schedule(() -> closeQuietly(channel), connectMillis(), TimeUnit.MILLISECONDS);
        try {
            channel.connect(address);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        } finally {
            limit.cancel(false);
        }
    }

    /** At least 1, since 0 would mean no limit. */
    private int connectMillis() {
        return Ints.saturatedCast(Math.max(1, options.connectTimeout().toMillis()));
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyBroken) {
            // The connect that it ends throws an exception of its own.
        }
    }

    private static ScheduledExecutorService newTimer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, Threads.daemons("vmail-chain-timer"));
        // The thread ends when no connection is chained, so nobody needs to close this.
        timer.setKeepAliveTime(1, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /** Where it is, for logs. */
    @Override
    public String toString() {
        return address.toString();
    }
}
