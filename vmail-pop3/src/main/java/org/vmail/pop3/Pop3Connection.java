package org.vmail.pop3;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.vmail.chain.NativeDaemon;
import org.vmail.domain.DomainChoice;
import org.vmail.internal.Printable;
import org.vmail.net.TlsContext;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Conversation;
import org.vmail.net.internal.Wire;

/**
 * A connection of which nothing is known but its addresses: before anything is read from it, it is chained to the native
 * daemon, or becomes a {@link Pop3Session}.
 */
final class Pop3Connection implements Conversation {
    private static final Logger LOG = LoggerFactory.getLogger(Pop3Connection.class);

    private final Pop3Service service;
    private final boolean implicitTls;
    private final ClientConnection connection;
    private final long begun = System.nanoTime();
    private Optional<Pop3Session> session = Optional.empty();

    Pop3Connection(Pop3Service service, boolean implicitTls, ClientConnection connection) {
        this.service = service;
        this.implicitTls = implicitTls;
        this.connection = connection;
    }

    @Override
    public Optional<Duration> proceed() throws IOException {
        if (session.isEmpty()) {
            begin();
        }
        return session.isPresent() ? session.get().proceed() : Optional.empty();
    }

    @Override
    public void end() {
        session.ifPresent(Pop3Session::end);
    }

    private void begin() throws IOException {
        service.listener().connected(connection.info());
        Optional<DomainChoice> choice = choose(() -> {
            DomainChoice first = service.domains().resolve(connection.info());
            service.listener().domainChosen(connection.info(), first);
            return first;
        });
        if (choice.isEmpty()) {
            return;
        }
        if (choice.get() instanceof DomainChoice.NotHosted
                && service.nativeDaemon().isPresent()) {
            chain(service.nativeDaemon().get(), choice.get().rule());
            return;
        }
        if (implicitTls) {
            // A contradiction, too, can only be told within TLS.
            TlsContext tls = service.tls().orElseThrow();
            startTls(tls);
            service.listener().encrypted(connection.info());
            DomainChoice before = choice.get();
            choice = choose(() -> service.chooseAgain(connection, before));
        }
        if (choice.isPresent() && choice.get() instanceof DomainChoice.Disputed disputed) {
            service.logRefusal(connection, disputed, level(Level.INFO));
            service.listener().abandoned(connection.info(), "the evidence of its domain must agree, and does not");
            refuse(Pop3Service.DOMAIN_DISPUTED);
            return;
        }
        session = choice.map(chosen -> new Pop3Session(service, connection, chosen, begun));
    }

    private void startTls(TlsContext tls) throws IOException {
        try {
            connection.startTls(tls, Pop3Service.ALPN, service.options().loginTimeout());
        } catch (IOException e) {
            service.listener().abandoned(connection.info(), "TLS: " + Printable.of(e.toString()));
            throw e;
        }
    }

    private interface Choosing {
        DomainChoice choose() throws IOException;
    }

    /** The domain; empty if it cannot be told now, which the client has heard. */
    private Optional<DomainChoice> choose(Choosing choosing) throws IOException {
        try {
            return Optional.of(choosing.choose());
        } catch (IOException e) {
            LOG.atLevel(level(Level.WARN))
                    .log("The domain of a connection to {} is not known: {}", connection.targetText(), e.toString());
            service.listener().abandoned(connection.info(), "the domain is not known: " + Printable.of(e.toString()));
            refuse(Pop3Service.DOMAIN_UNKNOWN);
            return Optional.empty();
        } catch (RuntimeException e) {
            service.listener().abandoned(connection.info(), "internal error");
            refuse("[SYS/TEMP] internal error, try again later");
            throw e;
        }
    }

    /** How loud to be: a proxy that looks whether we are there does so all the time. */
    private Level level(Level usual) {
        return connection.isProxyCheck(0) ? Level.DEBUG : usual;
    }

    private void chain(NativeDaemon daemon, String rule) throws IOException {
        LOG.atLevel(level(Level.INFO))
                .log(
                        "Chained to {}: client={} target={} rule=[{}]",
                        daemon,
                        connection.clientText(),
                        connection.targetText(),
                        rule);
        connection.establish(); // whether it has logged in is not for us to see
        service.listener().chained(connection.info());
        try {
            connection.endInputOnStop();
            daemon.serve(connection);
        } catch (IOException e) {
            LOG.error("A connection to {} was not chained: {}", connection.targetText(), e.toString());
            refuse("[SYS/TEMP] the POP3 server for this address is not available, try again later");
        }
    }

    /** Says so, but not in clear text to a client that expects TLS. */
    private void refuse(String text) throws IOException {
        if (!implicitTls || connection.info().encrypted()) {
            Wire wire = new Wire(connection);
            new Replies(wire).err(text);
            wire.flush();
        }
    }
}
