package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.primitives.Ints;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.ServerOptions;

/**
 * Listens on addresses and runs a conversation for each connection, within bounds and until it is closed.
 *
 * <p>A server is used once: {@link #bind}, {@link #accept}, {@link #close}. Thread-safe.
 */
public final class SocketServer {
    private static final Logger LOG = LoggerFactory.getLogger(SocketServer.class);
    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(100);
    private static final Duration ACCEPT_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_GRACE = Duration.ofSeconds(5);

    /** What is spoken on the connections. */
    public interface Protocol {
        /**
         * Its name, for threads and logs.
         *
         * @return a word
         */
        String name();

        /**
         * Holds a whole conversation. The connection is closed when it returns or throws.
         *
         * @param connection the client
         * @throws IOException if the connection broke
         */
        void converse(ClientConnection connection) throws IOException;

        /**
         * What a client is told for whom there is no place.
         *
         * @return an ASCII line without its end
         */
        String busyReply();

        /**
         * Makes the threads for the conversations, if the embedder brings none.
         *
         * @param max how many threads there may be
         * @return an executor that the server shuts down
         */
        ExecutorService newExecutor(int max);
    }

    private final Protocol protocol;
    private final List<InetSocketAddress> addresses;
    private final ServerOptions options;
    private final Admission admission;
    private final Set<ClientConnection> live = ConcurrentHashMap.newKeySet();
    private final List<ServerSocketChannel> listeners = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<ExecutorService> ownExecutors = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch drained = new CountDownLatch(1);

    /**
     * Prepares a server that does nothing yet.
     *
     * @param protocol what is spoken
     * @param addresses where to listen; port 0 means any free port
     * @param options the bounds
     */
    public SocketServer(Protocol protocol, List<InetSocketAddress> addresses, ServerOptions options) {
        this.protocol = protocol;
        this.addresses = List.copyOf(addresses);
        this.options = options;
        this.admission = new Admission(options.maxConnections(), options.maxConnectionsPerClient());
    }

    /**
     * Binds all addresses or none. Clients can connect from now on, and wait until {@link #accept}.
     *
     * @throws IOException if an address cannot be bound; the message names it
     */
    public synchronized void bind() throws IOException {
        if (!listeners.isEmpty() || isClosing()) {
            throw new IllegalStateException("This server was started before; a server is used once");
        }
        for (InetSocketAddress address : addresses) {
            ServerSocketChannel listener = ServerSocketChannel.open();
            listeners.add(listener);
            try {
                listener.bind(address, options.backlog());
            } catch (IOException | RuntimeException e) { // an unresolved address is a RuntimeException
                close();
                String reason = e.getMessage() == null ? "the host name is unknown" : e.getMessage();
                throw new IOException(
                        "Cannot listen on " + text(address) + " for " + protocol.name() + ": " + reason, e);
            }
        }
    }

    /**
     * Where the server listens, with the ports that the system chose.
     *
     * @return an address for each that was given, in the same order; empty before {@link #bind} and after {@link #close}
     */
    public synchronized List<InetSocketAddress> boundAddresses() {
        List<InetSocketAddress> bound = new ArrayList<>();
        for (ServerSocketChannel listener : listeners) {
            try {
                bound.add((InetSocketAddress) listener.getLocalAddress());
            } catch (IOException closedMeanwhile) {
                return List.of();
            }
        }
        return bound;
    }

    /**
     * Our addresses that clients can connect to: those bound, and for a wildcard all of this machine's.
     *
     * @return a finite set
     * @throws SocketException if the machine's addresses cannot be listed
     */
    public Set<InetAddress> targetAddresses() throws SocketException {
        Set<InetAddress> targets = new LinkedHashSet<>();
        for (InetSocketAddress bound : boundAddresses()) {
            if (bound.getAddress().isAnyLocalAddress()) {
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .forEach(targets::add);
            } else {
                targets.add(bound.getAddress());
            }
        }
        return targets;
    }

    /**
     * Begins to serve who connects.
     *
     * @throws IllegalStateException if the server was closed
     */
    public synchronized void accept() {
        if (isClosing()) {
            throw new IllegalStateException("This server was closed");
        }
        Executor executor = options.executor().orElseGet(this::newOwnExecutor);
        for (ServerSocketChannel listener : listeners) {
            // Not a daemon: a program whose main method has ended goes on serving.
            threads.add(new Thread(() -> acceptAll(listener, executor), protocol.name() + "-accept"));
        }
        threads.add(Threads.daemons(protocol.name() + "-watchdog").newThread(this::watch));
        threads.forEach(Thread::start);
    }

    /**
     * Stops accepting, lets what is being carried out end within the drain timeout, closes all connections, and ends
     * every thread of the server. Does nothing if the server is closed.
     */
    public void close() {
        if (!beginClosing()) {
            awaitOtherCloser();
            return;
        }
        live.forEach(ClientConnection::requestStop);
        try {
            drain();
            drained.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            for (ExecutorService executor : ownExecutors) {
                executor.shutdown();
                executor.awaitTermination(LAST_GRACE.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            // The caller is in a hurry: nothing is waited for, and what still runs ends by itself.
            live.forEach(ClientConnection::closeQuietly);
            drained.countDown();
            ownExecutors.forEach(ExecutorService::shutdown);
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean beginClosing() {
        if (isClosing()) {
            return false;
        }
        closing.countDown();
        listeners.forEach(SocketServer::closeQuietly);
        return true;
    }

    /** Whoever closes what the sessions use must find them ended. */
    private void awaitOtherCloser() {
        try {
            drained.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void drain() throws InterruptedException {
        if (!admission.awaitEmpty(options.drainTimeout())) {
            live.forEach(ClientConnection::closeQuietly);
            if (!admission.awaitEmpty(LAST_GRACE)) {
                LOG.warn("{} {} sessions go on though their connections were closed", live.size(), protocol.name());
            }
        }
    }

    private Executor newOwnExecutor() {
        // Twice the places: one is free a moment before its thread is.
        ExecutorService executor = protocol.newExecutor(Ints.saturatedCast(2L * options.maxConnections()));
        ownExecutors.add(executor);
        return executor;
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void acceptAll(ServerSocketChannel listener, Executor executor) {
        while (!isClosing()) {
            try {
                admit(listener.accept(), executor);
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                // Out of file descriptors, most likely. That may pass; a server that no longer accepts would not.
                LOG.error("Cannot accept a {} connection: {}", protocol.name(), e.toString());
                await(closing, ACCEPT_RETRY);
            }
        }
    }

    private void admit(SocketChannel channel, Executor executor) {
        InetAddress client = channel.socket().getInetAddress();
        if (!admission.tryEnter(client)) {
            refuse(channel, client);
            return;
        }
        ClientConnection connection;
        try {
            connection = new ClientConnection(channel, options.writeTimeout());
        } catch (IOException | RuntimeException alreadyGone) {
            LOG.debug("A {} client left at once: {}", protocol.name(), alreadyGone.toString());
            closeQuietly(channel);
            admission.leave(client);
            return;
        }
        live.add(connection);
        if (isClosing()) {
            connection.requestStop();
        }
        try {
            executor.execute(() -> run(connection, client));
        } catch (RuntimeException | OutOfMemoryError e) { // the latter, if the system makes no more threads
            if (!(e instanceof RejectedExecutionException)) {
                LOG.error("A {} session could not be started", protocol.name(), e);
            }
            live.remove(connection);
            admission.leave(client);
            refuse(channel, client);
        }
    }

    private void run(ClientConnection connection, InetAddress client) {
        try (connection) {
            protocol.converse(connection);
            connection.dropUnread();
        } catch (IOException e) {
            LOG.debug("{} connection from {} broke: {}", protocol.name(), client.getHostAddress(), e.toString());
        } catch (RuntimeException e) {
            LOG.error("A {} session failed; this is a bug in vmail or in what was plugged in", protocol.name(), e);
        } finally {
            live.remove(connection);
            admission.leave(client);
        }
    }

    private void refuse(SocketChannel channel, InetAddress client) {
        LOG.warn("Refused a {} connection from {}: too many connections", protocol.name(), client.getHostAddress());
        try (channel) {
            channel.configureBlocking(false); // nobody waits for a client that is not served
            channel.write(ByteBuffer.wrap((protocol.busyReply() + "\r\n").getBytes(US_ASCII)));
        } catch (IOException alreadyGone) {
            LOG.debug("The refused client left first: {}", alreadyGone.toString());
        }
    }

    private void watch() {
        while (!await(drained, SWEEP_INTERVAL)) {
            long now = System.nanoTime();
            live.forEach(connection -> connection.checkDeadlines(now));
        }
    }

    private static boolean await(CountDownLatch event, Duration timeout) {
        try {
            return event.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("Nobody interrupts the server's own threads", e);
        }
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }

    private static void closeQuietly(Channel channel) {
        try {
            channel.close();
        } catch (IOException alreadyBroken) {
            LOG.debug("Closing failed: {}", alreadyBroken.toString());
        }
    }
}
