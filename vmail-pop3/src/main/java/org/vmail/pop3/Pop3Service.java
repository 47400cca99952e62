package org.vmail.pop3;

import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.internal.Logins;
import org.vmail.chain.NativeDaemon;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainResolver;
import org.vmail.internal.Printable;
import org.vmail.net.TlsContext;
import org.vmail.net.internal.ClientConnection;

/** What all sessions of a server share. */
record Pop3Service(
        DomainResolver domains,
        Optional<NativeDaemon> nativeDaemon,
        Upstreams upstreams,
        Logins logins,
        Maildrops maildrops,
        LoginThrottle throttle,
        Optional<TlsContext> tls,
        Pop3Listener listener,
        Pop3Options options) {
    /** The protocol's name in a TLS handshake (RFC 7301, section 6). */
    static final String ALPN = "pop3";

    /** What a client hears while it cannot be told which domain it wants (RFC 3206, section 4). */
    static final String DOMAIN_UNKNOWN = "[SYS/TEMP] the domain of this address is not known yet, try again later";

    /** What a client hears on a connection that is for two domains: trying again does not help (RFC 3206, section 4). */
    static final String DOMAIN_DISPUTED =
            "[SYS/PERM] this connection is for two different domains, check the name of the server";

    private static final Logger LOG = LoggerFactory.getLogger(Pop3Service.class);

    /** Asks for the domain again, now that TLS has begun and the client may have named a server. */
    DomainChoice chooseAgain(ClientConnection connection, DomainChoice before) throws IOException {
        DomainChoice now = domains.resolve(connection.info());
        if (!now.equals(before)) {
            LOG.debug(
                    "The domain was chosen again: client={} target={} name={} rule=[{}] before=[{}]",
                    connection.clientText(),
                    connection.targetText(),
                    connection.info().serverName().map(Printable::of).orElse("none"),
                    now.rule(),
                    before.rule());
            listener.domainChosen(connection.info(), now);
        }
        return now;
    }

    /** Says why nobody can log in on a connection: its client hears nothing of our addresses and settings. */
    void logRefusal(ClientConnection connection, DomainChoice.Disputed choice, Level level) {
        LOG.atLevel(level)
                .log(
                        "Refused: client={} target={} name={} rule=[{}]",
                        connection.clientText(),
                        connection.targetText(),
                        connection.info().serverName().map(Printable::of).orElse("none"),
                        choice.rule());
    }
}
