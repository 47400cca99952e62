package org.vmail.net.internal;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.internal.SocketServer.Endpoint;

/**
 * Waits for clients at all the sockets of a server. Used once: {@link #bind}, {@link #run} by a thread of its own, {@link
 * #stop} by any other.
 */
final class Acceptor {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final Duration RETRY = Duration.ofMillis(100);

    /** What is done with a client. */
    interface Door {
        void admit(SocketChannel channel, Endpoint endpoint) throws IOException;
    }

    private interface Step {
        void run() throws IOException;
    }

    private record Bound(ListeningSocket socket, Endpoint endpoint) {}

    private final String name;
    private final List<Bound> bound = new ArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private Optional<Selector> selector = Optional.empty();
    private boolean running;

    Acceptor(String name) {
        this.name = name;
    }

    /** Binds all or none. */
    synchronized void bind(List<Endpoint> endpoints, int backlog) throws IOException {
        if (!bound.isEmpty() || isStopped()) {
            throw new IllegalStateException("This server was started before; a server is used once");
        }
        try {
            for (Endpoint endpoint : endpoints) {
                bound.add(new Bound(ListeningSocket.open(name, endpoint.listener(), backlog), endpoint));
            }
            selector = Optional.of(Selector.open());
        } catch (IOException e) {
            stop();
            throw e;
        }
    }

    /** The addresses where we listen; none before and after. */
    synchronized List<InetSocketAddress> addresses() {
        return isStopped()
                ? List.of()
                : bound.stream()
                        .flatMap(each -> each.socket().address().stream())
                        .toList();
    }

    /** Whether nobody else will come: there is nothing but a connection that was inherited. */
    synchronized boolean hasOnlyConnections() {
        return !bound.isEmpty() && bound.stream().allMatch(each -> each.socket().isConnection());
    }

    /** Lets clients in until it is stopped. */
    void run(Door door) {
        List<Bound> all;
        Selector waiting;
        synchronized (this) {
            if (isStopped()) {
                return;
            }
            running = true;
            all = List.copyOf(bound);
            waiting = selector.orElseThrow(() -> new IllegalStateException("The server was not bound"));
        }
        try (waiting) {
            for (Bound each : all) {
                guard(() -> begin(each, waiting, door));
            }
            while (!isStopped()) {
                guard(() -> waiting.select(key -> accept(key, door)));
            }
        } catch (IOException e) {
            LOG.debug("Closing failed: {}", e.toString());
        }
    }

    /** Lets nobody in any more. */
    synchronized void stop() {
        if (isStopped()) {
            return;
        }
        stopped.countDown();
        bound.stream()
                .map(Bound::socket)
                .filter(socket -> !running || !socket.isConnection()) // somebody else's by now
                .forEach(Acceptor::closeQuietly);
        // A socket that waits for clients is gone only when the selector is, which is its thread's to close.
        selector.ifPresent(waiting -> {
            if (running) {
                waiting.wakeup();
            } else {
                closeQuietly(waiting);
            }
        });
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    private static void begin(Bound each, Selector waiting, Door door) throws IOException {
        if (each.socket().isConnection()) {
            door.admit(each.socket().connection(), each.endpoint());
        } else {
            each.socket().register(waiting, each.endpoint());
        }
    }

    private void accept(SelectionKey key, Door door) {
        guard(() -> {
            SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
            if (channel != null) { // else the client has left again
                door.admit(channel, (Endpoint) key.attachment());
            }
        });
    }

    /** One client that cannot be let in must not leave the others unheard. */
    private void guard(Step step) {
        try {
            step.run();
        } catch (ClosedChannelException | ClosedSelectorException | CancelledKeyException e) {
            LOG.trace("The server closes", e);
        } catch (IOException e) {
            // Out of file descriptors, most likely. That may pass; a server that no longer accepts would not.
            LOG.error("Cannot accept a {} connection: {}", name, e.toString());
            pause();
        } catch (RuntimeException | Error e) { // in what was plugged in; a deaf server would be worse
            LOG.error("A {} connection was not accepted", name, e);
            pause();
        }
    }

    private void pause() {
        try {
            if (stopped.await(RETRY.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.trace("No need to try again");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("Nobody interrupts the server's own threads", e);
        }
    }

    private static void closeQuietly(Closeable resource) {
        try {
            resource.close();
        } catch (IOException alreadyBroken) {
            LOG.debug("Closing failed: {}", alreadyBroken.toString());
        }
    }
}
