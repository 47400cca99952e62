package org.vmail.net.internal;

import com.google.common.primitives.Ints;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolException;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.Listener;
import org.vmail.net.ProxiedConnection;
import org.vmail.net.ProxyTrust;
import org.vmail.net.ServerOptions;
import org.vmail.net.internal.Acceptor.Door;
import org.vmail.net.internal.Admission.Place;

/**
 * Listens on addresses and runs a conversation for each connection, within bounds and until it is closed.
 *
 * <p>A server is used once: {@link #bind}, {@link #accept}, {@link #close}. Thread-safe.
 */
public final class SocketServer {
    private static final Logger LOG = LoggerFactory.getLogger(SocketServer.class);
    private static final String TOO_MANY = "Refused a {} connection from {}: too many connections";
    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(100);
    private static final Duration LAST_GRACE = Duration.ofSeconds(5);

    /** What is spoken on the connections to one listener. */
    public interface Protocol {
        /**
         * Begins a conversation; nothing is said before it is gone on with. Called when it is known who the client is.
         *
         * @param connection the client
         * @return what is said to it
         */
        Conversation begin(ClientConnection connection);

        /**
         * What a client is told for whom there is no place.
         *
         * @return an ASCII line without its end, or empty if the client would not understand it
         */
        Optional<String> busyReply();

        /**
         * A client was told so.
         *
         * @param client its address, or that of the proxy that has not told for whom it speaks
         */
        default void refused(InetAddress client) {}
    }

    /**
     * Where to listen.
     *
     * @param listener where clients come from
     * @param protocol what is spoken there
     */
    public record Endpoint(Listener listener, Protocol protocol) {}

    private final String name;
    private final List<Endpoint> endpoints;
    private final ServerOptions options;
    private final IntFunction<ExecutorService> newExecutor;
    private final Admission admission;
    private final Set<Running> live = ConcurrentHashMap.newKeySet();
    private final Queue<Running> paused = new ConcurrentLinkedQueue<>();
    private final Acceptor acceptor;
    private final SeldomLog untrusted = new SeldomLog(LOG);
    private final SeldomLog malformed = new SeldomLog(LOG);
    private final List<Thread> threads = new ArrayList<>();
    private final List<ExecutorService> ownExecutors = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch drained = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);

    /**
     * Prepares a server that does nothing yet.
     *
     * @param name a word for threads and logs
     * @param endpoints where to listen
     * @param options the bounds
     * @param newExecutor makes the threads for the conversations, at most so many, if the embedder brings none; the server
     *     shuts the executor down
     */
    public SocketServer(
            String name, List<Endpoint> endpoints, ServerOptions options, IntFunction<ExecutorService> newExecutor) {
        this.name = name;
        this.endpoints = List.copyOf(endpoints);
        this.options = options;
        this.newExecutor = newExecutor;
        this.admission = new Admission(options);
        this.acceptor = new Acceptor(name);
    }

    /**
     * Binds all addresses or none. Clients can connect from now on, and wait until {@link #accept}.
     *
     * @throws IOException if an address cannot be bound, or no socket is inherited; the message says which
     */
    public void bind() throws IOException {
        acceptor.bind(endpoints, options.backlog());
    }

    /**
     * Where the server listens, with the ports that the system chose.
     *
     * @return an address for each listener that has one, as a Unix socket has not, in the same order; empty before {@link #bind}
     *     and after {@link #close}
     */
    public List<InetSocketAddress> boundAddresses() {
        return acceptor.addresses();
    }

    /**
     * The first of {@link #boundAddresses()}.
     *
     * @return the address
     * @throws IllegalStateException if there is none
     */
    public InetSocketAddress boundAddress() {
        return boundAddresses().stream()
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("The server does not listen on a port"));
    }

    /**
     * Our addresses that clients can connect to: those bound, and for a wildcard all of this machine's.
     *
     * @return a finite set
     * @throws SocketException if the machine's addresses cannot be listed
     */
    public Set<InetAddress> targetAddresses() throws SocketException {
        Set<InetAddress> targets = new LinkedHashSet<>();
        for (InetSocketAddress address : boundAddresses()) {
            if (address.getAddress().isAnyLocalAddress()) {
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .forEach(targets::add);
            } else {
                targets.add(address.getAddress());
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
        Door door = (channel, endpoint) -> {
            admit(channel, endpoint, executor);
            checkOver();
        };
        // Not a daemon: a program whose main method has ended goes on serving.
        threads.add(new Thread(() -> acceptor.run(door), name + "-accept"));
        threads.add(Threads.daemons(name + "-watchdog").newThread(this::watch));
        threads.forEach(Thread::start);
    }

    /**
     * Waits until there is nothing left to serve: until the server is closed, or until the connection has ended that it
     * inherited, if it has no other listener. It still has to be closed.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitEnd() throws InterruptedException {
        over.await();
    }

    /**
     * Stops accepting, lets what is being carried out end within the drain timeout, closes all connections, and ends
     * every thread of the server. Does nothing if the server is closed.
     */
    public void close() {
        close(options.drainTimeout());
    }

    /**
     * Closes the server with a drain timeout of its own.
     *
     * @param drainTimeout how long what is being carried out may take; not negative
     * @throws IllegalArgumentException if it is negative
     */
    public void close(Duration drainTimeout) {
        if (drainTimeout.isNegative()) {
            throw new IllegalArgumentException("The drain timeout must not be negative");
        }
        if (!beginClosing()) {
            awaitOtherCloser();
            return;
        }
        live.forEach(running -> running.connection.requestStop());
        try {
            drain(drainTimeout);
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
            live.forEach(running -> running.connection.closeQuietly());
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
        over.countDown();
        acceptor.stop();
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

    private void drain(Duration timeout) throws InterruptedException {
        if (!admission.awaitEmpty(timeout)) {
            live.forEach(running -> running.connection.closeQuietly());
            if (!admission.awaitEmpty(LAST_GRACE)) {
                LOG.warn("{} {} sessions go on though their connections were closed", live.size(), name);
            }
        }
    }

    private Executor newOwnExecutor() {
        // Twice the places: one is free a moment before its thread is.
        ExecutorService executor = newExecutor.apply(Ints.saturatedCast(2L * options.maxConnections()));
        ownExecutors.add(executor);
        return executor;
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** With a connection that was inherited, and nobody else to come, the server is over. */
    private void checkOver() {
        if (live.isEmpty() && acceptor.hasOnlyConnections()) {
            acceptor.stop();
            over.countDown();
        }
    }

    private void admit(SocketChannel channel, Endpoint endpoint, Executor executor) throws IOException {
        InetAddress peer = UnixSocketFile.endOf(channel.getRemoteAddress()).getAddress();
        Optional<ProxyTrust> trust = endpoint.listener().proxyProtocol();
        if (trust.isPresent() && !trust.get().trusts(peer)) {
            untrusted.warn(
                    "Closed a {} connection from {}, which is no proxy that is trusted", name, peer.getHostAddress());
            closeQuietly(channel);
            return;
        }
        Optional<Place> place = admission.enter(peer, trust.isPresent(), client -> drop(channel, client));
        if (place.isEmpty()) {
            refuse(channel, peer, endpoint.protocol());
            return;
        }
        boolean admitted = false;
        try {
            ClientConnection connection = new ClientConnection(channel, options, place.get()::established);
            Running running = new Running(connection, endpoint, place.get(), executor);
            live.add(running);
            admitted = true;
            if (isClosing()) {
                connection.requestStop();
            }
            running.proceed();
        } catch (IOException | RuntimeException alreadyGone) {
            LOG.debug("A {} client left at once: {}", name, alreadyGone.toString());
        } finally {
            if (!admitted) {
                closeQuietly(channel);
                place.get().leave();
            }
        }
    }

    private void drop(SocketChannel channel, InetAddress client) {
        LOG.info(
                "Dropped a {} connection from {}, which has not logged in, for another", name, client.getHostAddress());
        closeQuietly(channel);
    }

    /** A connection, from its admission to its end. */
    private final class Running implements Runnable {
        private final ClientConnection connection;
        private final Endpoint endpoint;
        private final Place place;
        private final Executor executor;
        private volatile Optional<Conversation> conversation = Optional.empty();
        private volatile long pausedUntil;

        Running(ClientConnection connection, Endpoint endpoint, Place place, Executor executor) {
            this.connection = connection;
            this.endpoint = endpoint;
            this.place = place;
            this.executor = executor;
        }

        /** Gives it a thread. If there is none, it has ended. */
        void proceed() {
            try {
                executor.execute(this);
            } catch (RuntimeException | Error e) { // an OutOfMemoryError, if the system makes no more threads
                if (!(e instanceof RejectedExecutionException)) {
                    LOG.error("A {} session got no thread", name, e);
                }
                sayBusy();
                end();
            }
        }

        private void sayBusy() {
            if (conversation.isEmpty()) {
                endpoint.protocol().refused(connection.info().remote().getAddress());
            }
            endpoint.protocol().busyReply().ifPresent(connection::tryWrite);
        }

        /** Learns who the client is, and begins the conversation; does not, if there is none to be had. */
        private void begin() throws IOException {
            Optional<ProxyTrust> trust = endpoint.listener().proxyProtocol();
            if (trust.isEmpty() || hasIntroduced(trust.get())) {
                conversation = Optional.of(endpoint.protocol().begin(connection));
            }
        }

        /** Whether the proxy tells for whom it speaks, and there is a place for that client. */
        private boolean hasIntroduced(ProxyTrust trust) throws IOException {
            try {
                if (!connection.readProxyHeader(trust, options.proxyHeaderTimeout())) {
                    LOG.debug("{} ended a {} connection without a word", connection.clientText(), name);
                    return false;
                }
            } catch (ProtocolException | EOFException e) {
                malformed.warn("Closed a {} connection from {}: {}", name, connection.clientText(), e.toString());
                return false;
            }
            boolean own =
                    connection.info().proxied().filter(ProxiedConnection::own).isPresent();
            InetAddress told = connection.info().remote().getAddress();
            if (!own && !place.identify(told)) {
                LOG.warn(TOO_MANY, name, told.getHostAddress());
                sayBusy();
                return false;
            }
            return true;
        }

        @Override
        public void run() {
            Optional<Duration> pause = Optional.empty();
            try {
                if (conversation.isEmpty()) {
                    begin();
                }
                if (conversation.isPresent()) {
                    pause = conversation.get().proceed();
                }
                if (pause.isEmpty()) {
                    connection.dropUnread();
                }
            } catch (IOException e) {
                LOG.debug("{} connection from {} broke: {}", name, connection.clientText(), e.toString());
            } catch (RuntimeException e) {
                LOG.error("A {} session failed; this is a bug in vmail or in what was plugged in", name, e);
                connection.dropUnread();
            } finally {
                if (pause.isPresent()) {
                    pausedUntil = System.nanoTime() + pause.get().toNanos();
                    paused.add(this);
                } else {
                    end();
                }
            }
        }

        boolean isDue(long now) {
            return connection.isStopping() || !connection.isOpen() || now - pausedUntil >= 0;
        }

        private void end() {
            try (connection) {
                if (conversation.isPresent()) {
                    conversation.get().end();
                }
            } catch (IOException | RuntimeException | Error e) {
                LOG.error("A {} session did not end properly", name, e);
            } finally {
                live.remove(this);
                place.leave();
                checkOver();
            }
        }
    }

    private void refuse(SocketChannel channel, InetAddress client, Protocol protocol) {
        LOG.warn(TOO_MANY, name, client.getHostAddress());
        protocol.refused(client);
        try (channel) {
            protocol.busyReply().ifPresent(reply -> ClientConnection.tryWrite(channel, reply));
        } catch (IOException alreadyGone) {
            LOG.debug("The refused client left first: {}", alreadyGone.toString());
        }
    }

    private void watch() {
        while (!await(drained, SWEEP_INTERVAL)) {
            try {
                sweep(System.nanoTime());
            } catch (RuntimeException | Error e) { // without a watchdog no client would ever be too slow
                LOG.error("The deadlines of {} connections were not all checked", name, e);
            }
        }
    }

    private void sweep(long now) {
        live.forEach(running -> running.connection.checkDeadlines(now));
        for (Iterator<Running> all = paused.iterator(); all.hasNext(); ) {
            Running running = all.next();
            if (running.isDue(now)) {
                all.remove();
                running.proceed();
            }
        }
    }

    private static boolean await(CountDownLatch event, Duration timeout) {
        try {
            return event.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
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
