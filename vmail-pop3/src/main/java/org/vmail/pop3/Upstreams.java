package org.vmail.pop3;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.Comparators;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.auth.Password;
import org.vmail.chain.LoginRoute;
import org.vmail.chain.LoginRoute.Destination;
import org.vmail.chain.Upstream;
import org.vmail.chain.Upstream.MasterUser;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.LoginResolution;
import org.vmail.net.Connection;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.OutboundConnection;
import org.vmail.net.internal.Threads;

/** The other servers that logins can go to, as far as the sessions of a server share them. Thread-safe. */
final class Upstreams implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upstreams.class);
    private static final long WATCH_MILLIS = 200;

    /** What came of a login. */
    sealed interface Result permits LoggedIn, Refused {}

    /**
     * It was refused.
     *
     * @param failure of what kind
     * @param text what the client hears behind -ERR: the server's words, or ours if it had none
     * @param reason why, for the log
     */
    record Refused(LoginFailure failure, String text, String reason) implements Result {}

    /** It was accepted: the connection is the caller's, who closes it. */
    static final class LoggedIn implements Result, AutoCloseable {
        private final Place place;
        private final String text;

        private LoggedIn(Place place, String text) {
            this.place = place;
            this.text = text;
        }

        /** What the client hears behind +OK. */
        String text() {
            return text;
        }

        /** Connects a client through, until both have ended. */
        void splice(Connection client) {
            place.there.relay().run(client, place.wire);
        }

        @Override
        public void close() {
            place.close();
        }
    }

    /** The two ends of a connection; the port at one of them alone can be that of other connections as well. */
    private record Ends(InetSocketAddress client, InetSocketAddress server) {}

    /** What is said on a new connection. */
    private interface Talk<T> {
        T with(UpstreamWire wire) throws IOException;
    }

    private final Optional<LoginRoute> route;
    private final ScheduledExecutorService timer = Threads.timer("vmail-chain-login-timer");
    private final Cache<Upstream, KnownUpstream> known =
            CacheBuilder.newBuilder().weakKeys().build();
    private final Set<Place> places = ConcurrentHashMap.newKeySet();
    private final Set<Ends> ownConnections = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Upstreams(Optional<LoginRoute> route) {
        this.route = route;
    }

    /** Where a login is served. */
    Destination route(String login, LoginResolution meaning, DomainChoice choice, ConnectionInfo connection)
            throws IOException {
        return route.isPresent()
                ? route.get().route(new LoginRoute.Request(login, meaning, choice, connection))
                : new Destination.Here();
    }

    /** Whether a login of a connection can go to a server that wants the user's own password. */
    boolean needPasswords(DomainChoice choice) {
        return upstreams(choice).stream()
                .anyMatch(upstream -> upstream.masterUser().isEmpty());
    }

    /** What each of the servers has said that it can do; one that has said nothing can do the least. */
    List<UpstreamCapabilities> capabilities(DomainChoice choice) {
        List<UpstreamCapabilities> all = new ArrayList<>();
        for (Upstream upstream : upstreams(choice)) {
            all.add(known(upstream).capabilities(() -> ask(upstream)));
        }
        return all;
    }

    private List<Upstream> upstreams(DomainChoice choice) {
        return route.map(present -> List.copyOf(present.upstreams(choice))).orElse(List.of());
    }

    /** Logs a client in with the password that it gave. */
    Result logIn(Destination.There where, Password password, ClientConnection client, boolean utf8) throws IOException {
        return logIn(where.upstream(), new UpstreamCredentials("", where.login(), password), client, utf8);
    }

    /** Logs a client in who has proved here who it is. */
    Result logInByMaster(Destination.There where, ClientConnection client, boolean utf8) throws IOException {
        MasterUser master = where.upstream().masterUser().orElseThrow();
        Result result = logIn(
                where.upstream(),
                new UpstreamCredentials(where.login(), master.name(), master.password()),
                client,
                utf8);
        if (result instanceof Refused refused && refused.failure() == LoginFailure.REJECTED) {
            // That is none of the user's faults.
            throw new IOException(where.upstream() + " rejects the master user: " + refused.reason());
        }
        return result;
    }

    private Result logIn(Upstream upstream, UpstreamCredentials credentials, ClientConnection client, boolean utf8)
            throws IOException {
        Optional<String> problem = credentials.problem(upstream.loginForm());
        if (problem.isPresent()) {
            return new Refused(LoginFailure.REJECTED, LoginAttempts.WRONG, problem.get());
        }
        if (ownConnections.contains(
                new Ends(client.info().remote(), client.info().local()))) {
            throw new IOException("The login for " + upstream + " has come from here: the servers are in a circle");
        }
        Place place = connect(upstream, client::isOpen);
        boolean loggedIn = false;
        try {
            UpstreamLogin login = new UpstreamLogin(upstream, place.wire(), Optional.of(client.info()), utf8);
            UpstreamReply reply = place.within(wire -> login.logIn(credentials));
            loggedIn = reply.isOk();
            return loggedIn ? new LoggedIn(place, reply.clientText()) : refused(upstream, reply);
        } catch (UpstreamLogin.NoUtf8Exception e) {
            known(upstream).forget();
            throw e;
        } finally {
            if (!loggedIn) {
                place.close();
            }
        }
    }

    /** The words are for the client alone: some servers repeat what they were told, which was a password. */
    private static Refused refused(Upstream upstream, UpstreamReply reply) {
        String text = reply.clientText();
        return new Refused(
                reply.failure(), text.isBlank() ? LoginAttempts.WRONG : text, upstream + " refuses the login");
    }

    /** Asks a server what it can do. */
    private UpstreamCapabilities ask(Upstream upstream) throws IOException {
        try (Place place = connect(upstream, () -> !closed)) {
            return place.within(wire -> new UpstreamLogin(upstream, wire, Optional.empty(), false).capabilities());
        }
    }

    private Place connect(Upstream upstream, BooleanSupplier wanted) throws IOException {
        KnownUpstream there = known(upstream);
        if (!there.enter(upstream.maxParallel())) {
            throw new IOException("There are " + upstream.maxParallel() + " connections to " + upstream + " already");
        }
        Optional<Place> place = Optional.empty();
        try {
            OutboundConnection connection = OutboundConnection.connect(
                    upstream.address(),
                    Comparators.min(upstream.chainOptions().connectTimeout(), upstream.loginTimeout()));
            place = Optional.of(new Place(upstream, connection, there, wanted));
        } catch (IOException e) {
            throw new IOException(upstream + " cannot be reached: " + e, e);
        } finally {
            if (place.isEmpty()) {
                there.leave();
            }
        }
        if (closed) {
            place.get().close();
            throw new IOException("The server is closing");
        }
        return place.get();
    }

    private KnownUpstream known(Upstream upstream) {
        try {
            return known.get(upstream, () -> new KnownUpstream(upstream));
        } catch (ExecutionException e) {
            throw new IllegalStateException("Nothing there can fail", e);
        }
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        closed = true;
        places.forEach(Place::close);
    }

    /** A connection to another server, from its beginning to its end. */
    private final class Place implements AutoCloseable {
        private final Upstream upstream;
        private final OutboundConnection connection;
        private final KnownUpstream there;
        private final BooleanSupplier wanted;
        private final Ends ends;
        private final UpstreamWire wire;
        private final AtomicBoolean over = new AtomicBoolean();

        Place(Upstream upstream, OutboundConnection connection, KnownUpstream there, BooleanSupplier wanted)
                throws IOException {
            this.upstream = upstream;
            this.connection = connection;
            this.there = there;
            this.wanted = wanted;
            this.ends = new Ends(connection.localAddress(), connection.remoteAddress());
            this.wire = new UpstreamWire(connection, upstream.maxReplyOctets());
            ownConnections.add(ends);
            places.add(this);
        }

        UpstreamWire wire() {
            return wire;
        }

        /** Says something within the time for a login, and only while it is wanted. */
        <T> T within(Talk<T> talk) throws IOException {
            long begun = System.nanoTime();
            ScheduledFuture<?> watch = timer.scheduleWithFixedDelay(
                    () -> closeIfLate(begun), WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
            try {
                return talk.with(wire);
            } catch (UpstreamLogin.NoUtf8Exception e) {
                throw e;
            } catch (IOException e) {
                throw new IOException(upstream + (isLate(begun) ? " is too slow" : " cannot be used: " + e), e);
            } finally {
                watch.cancel(false);
            }
        }

        private boolean isLate(long begun) {
            return System.nanoTime() - begun >= upstream.loginTimeout().toNanos();
        }

        private void closeIfLate(long begun) {
            if (isLate(begun) || !wanted.getAsBoolean()) {
                close();
            }
        }

        @Override
        public void close() {
            if (over.compareAndSet(false, true)) {
                places.remove(this);
                ownConnections.remove(ends);
                there.leave();
                try {
                    connection.close();
                } catch (IOException alreadyBroken) {
                    LOG.debug("A connection to {} closed badly: {}", upstream, alreadyBroken.toString());
                }
            }
        }
    }
}
