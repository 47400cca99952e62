package org.vmail.pop3;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.chain.NativeDaemon;
import org.vmail.domain.DomainChoice;
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
        DomainChoice choice;
        try {
            choice = service.domains().resolve(connection.info());
        } catch (IOException e) {
            LOG.warn("The domain of a connection to {} is not known: {}", connection.targetText(), e.toString());
            refuse("the domain of this address is not known yet, try again later");
            return;
        } catch (RuntimeException e) {
            refuse("internal error, try again later");
            throw e;
        }
        service.listener().domainChosen(connection.info(), choice);
        if (choice instanceof DomainChoice.NotHosted && service.nativeDaemon().isPresent()) {
            chain(service.nativeDaemon().get(), choice.rule());
            return;
        }
        if (implicitTls) {
            TlsContext tls = service.tls().orElseThrow();
            connection.startTls(tls, Pop3Service.ALPN, service.options().loginTimeout());
            service.listener().encrypted(connection.info());
        }
        session = Optional.of(new Pop3Session(service, connection, choice, begun));
    }

    private void chain(NativeDaemon daemon, String rule) throws IOException {
        LOG.info(
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
            refuse("the POP3 server for this address is not available, try again later");
        }
    }

    /** Says so in clear text; a client that expects TLS sees that there is none. */
    private void refuse(String text) throws IOException {
        if (!implicitTls) {
            Wire wire = new Wire(connection);
            new Replies(wire).temporaryErr(text);
            wire.flush();
        }
    }
}
