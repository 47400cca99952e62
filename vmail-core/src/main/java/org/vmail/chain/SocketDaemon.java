package org.vmail.chain;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.Connection;

/** A daemon behind one socket or several, of either family. */
final class SocketDaemon implements NativeDaemon {
    private static final Logger LOG = LoggerFactory.getLogger(SocketDaemon.class);

    private final List<BackEnd> backEnds;
    private final ChainOptions options;
    private final ConnectionRelay relay;
    private final LongSupplier nanoClock;
    private final AtomicInteger connections = new AtomicInteger();

    SocketDaemon(List<? extends SocketAddress> addresses, ChainOptions options, LongSupplier nanoClock) {
        Preconditions.checkArgument(!addresses.isEmpty(), "A native daemon needs an address");
        this.backEnds =
                addresses.stream().map(address -> new BackEnd(address, options)).toList();
        this.options = options;
        this.relay = ConnectionRelay.with(options);
        this.nanoClock = nanoClock;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        try (SocketChannel upstream = connect(connection)) {
            relay.run(connection, ConnectionRelay.Peer.of(upstream));
        }
    }

    /** A back end that can be reached and that has been told of the client. */
    private SocketChannel connect(Connection client) throws IOException {
        byte[] header = ProxyHeaders.of(client.info(), options);
        long deadline = System.nanoTime() + options.totalConnectTimeout().toNanos();
        IOException failure = new IOException("The native daemon at " + this + " cannot be reached");
        for (BackEnd backEnd : inOrder()) {
            if (!client.isOpen() || deadline - System.nanoTime() <= 0) {
                break;
            }
            try {
                SocketChannel channel = connect(backEnd, client, deadline, header);
                backEnd.succeeded();
                LOG.debug(
                        "The native daemon at {} serves {}",
                        backEnd,
                        client.info().remote());
                return channel;
            } catch (IOException | RuntimeException e) { // an address of another family is a RuntimeException
                if (client.isOpen()) {
                    backEnd.failed(nanoClock.getAsLong(), reason(e));
                }
                failure.addSuppressed(new IOException(backEnd + ": " + reason(e), e));
            }
        }
        throw describe(failure);
    }

    private static SocketChannel connect(BackEnd backEnd, Connection client, long deadline, byte[] header)
            throws IOException {
        SocketChannel channel = backEnd.connect(client, deadline);
        try {
            // Far less than a new socket takes at once, so nobody is waited for.
            ByteBuffer pending = ByteBuffer.wrap(header);
            while (pending.hasRemaining()) {
                channel.write(pending);
            }
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Those that are available, and behind them those that were not lately: rather a late answer than none. */
    private List<BackEnd> inOrder() {
        int first = switch (options.order()) {
            case FIRST_AVAILABLE -> 0;
            case ROUND_ROBIN -> Math.floorMod(connections.getAndIncrement(), backEnds.size());
        };
        long now = nanoClock.getAsLong();
        List<BackEnd> preferred = new ArrayList<>();
        List<BackEnd> resting = new ArrayList<>();
        for (int i = 0; i < backEnds.size(); i++) {
            BackEnd backEnd = backEnds.get((first + i) % backEnds.size());
            (backEnd.isPreferred(now) ? preferred : resting).add(backEnd);
        }
        preferred.addAll(resting);
        return preferred;
    }

    private static IOException describe(IOException failure) {
        List<String> reasons = new ArrayList<>();
        for (Throwable each : failure.getSuppressed()) {
            reasons.add(each.getMessage());
        }
        String text =
                reasons.isEmpty() ? failure.getMessage() : failure.getMessage() + ": " + String.join("; ", reasons);
        return new IOException(text, failure);
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Where it is, for logs. */
    @Override
    public String toString() {
        return backEnds.stream().map(BackEnd::toString).collect(Collectors.joining(", "));
    }
}
