package org.vmail.chain;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.Connection;
import org.vmail.net.internal.HostAddresses;

/** One place where the daemon listens, and whether it could be reached lately. Thread-safe. */
final class BackEnd {
    private static final Logger LOG = LoggerFactory.getLogger(BackEnd.class);
    private static final long AVAILABLE = Long.MIN_VALUE;

    private final SocketAddress address;
    private final long connectNanos;
    private final long restNanos;
    /** When it is to be tried again. */
    private final AtomicLong restsUntil = new AtomicLong(AVAILABLE);

    BackEnd(SocketAddress address, ChainOptions options) {
        this.address = address;
        this.connectNanos = options.connectTimeout().toNanos();
        this.restNanos = options.retryAfter().toNanos();
    }

    /**
     * Whether to try it before others. Once its rest is over one caller is told so and finds out for all: a back end that
     * answers nothing would make each of them wait.
     */
    boolean isPreferred(long now) {
        long until = restsUntil.get();
        return until == AVAILABLE || (now - until >= 0 && restsUntil.compareAndSet(until, restFrom(now)));
    }

    /** It could not be used. */
    void failed(long now, String why) {
        if (restsUntil.getAndSet(restFrom(now)) == AVAILABLE) {
            LOG.warn("The native daemon at {} is left alone for {} s: {}", this, NANOSECONDS.toSeconds(restNanos), why);
        }
    }

    /** It could be used. */
    void succeeded() {
        if (restsUntil.get() != AVAILABLE && restsUntil.getAndSet(AVAILABLE) != AVAILABLE) {
            LOG.info("The native daemon at {} is back", this);
        }
    }

    private long restFrom(long now) {
        long until = now + restNanos;
        return until == AVAILABLE ? until + 1 : until;
    }

    /**
     * Connects, to all addresses of a host name if need be.
     *
     * @param client nothing is waited for when it is closed
     * @param deadline when to give up at the latest, by {@link System#nanoTime}
     */
    SocketChannel connect(Connection client, long deadline) throws IOException {
        List<IOException> failures = new ArrayList<>();
        for (SocketAddress each : addresses(deadline)) {
            try {
                return connect(each, client, deadline);
            } catch (IOException e) {
                failures.add(e);
            }
        }
        IOException first = failures.get(0);
        failures.stream().skip(1).forEach(first::addSuppressed);
        throw first;
    }

    private List<SocketAddress> addresses(long deadline) throws IOException {
        if (!(address instanceof InetSocketAddress inet) || !inet.isUnresolved()) {
            return List.of(address);
        }
        List<SocketAddress> found = new ArrayList<>();
        Duration bound = Duration.ofNanos(Math.max(0, Math.min(connectNanos, deadline - System.nanoTime())));
        for (InetAddress ip : HostAddresses.SYSTEM.of(inet.getHostString(), bound)) {
            found.add(new InetSocketAddress(ip, inet.getPort()));
        }
        return found;
    }

    private SocketChannel connect(SocketAddress where, Connection client, long latest) throws IOException {
        long begun = System.nanoTime();
        long limit = Math.min(connectNanos, latest - begun);
        boolean unix = where instanceof UnixDomainSocketAddress;
        SocketChannel channel = unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        // The system's own limit is minutes for TCP; for a Unix socket whose backlog is full there is none.
        Watch.Watched patience = now -> {
            if (now - begun >= limit || !client.isOpen()) {
                closeQuietly(channel);
            }
        };
        boolean connected = false;
        Watch.SHARED.add(patience);
        try {
            channel.connect(where);
            if (!unix) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            }
            connected = true;
            return channel;
        } catch (AsynchronousCloseException e) {
            throw new IOException("no answer within " + NANOSECONDS.toMillis(System.nanoTime() - begun) + " ms", e);
        } finally {
            Watch.SHARED.remove(patience);
            if (!connected) {
                closeQuietly(channel);
            }
        }
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyBroken) {
            LOG.debug("Closing a socket that was not connected failed: {}", alreadyBroken.toString());
        }
    }

    /** As an administrator writes it. */
    @Override
    public String toString() {
        if (!(address instanceof InetSocketAddress tcp)) {
            return address.toString();
        }
        String host = tcp.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + tcp.getPort();
    }
}
