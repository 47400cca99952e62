package org.vmail.pop3;

import java.net.InetAddress;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.chain.Upstream;
import org.vmail.domain.DomainChoice;
import org.vmail.mailbox.UniqueId;
import org.vmail.net.ConnectionInfo;

/** Keeps what an embedder's listener throws away from the sessions. */
record GuardedListener(Pop3Listener listener) implements Pop3Listener {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedListener.class);

    @Override
    public void refused(InetAddress client) {
        guard(() -> listener.refused(client));
    }

    @Override
    public void connected(ConnectionInfo connection) {
        guard(() -> listener.connected(connection));
    }

    @Override
    public void abandoned(ConnectionInfo connection, String reason) {
        guard(() -> listener.abandoned(connection, reason));
    }

    @Override
    public void domainChosen(ConnectionInfo connection, DomainChoice choice) {
        guard(() -> listener.domainChosen(connection, choice));
    }

    @Override
    public void chained(ConnectionInfo connection) {
        guard(() -> listener.chained(connection));
    }

    @Override
    public void encrypted(ConnectionInfo connection) {
        guard(() -> listener.encrypted(connection));
    }

    @Override
    public void loggedIn(ConnectionInfo connection, MailAddress account, String mechanism, String rule) {
        guard(() -> listener.loggedIn(connection, account, mechanism, rule));
    }

    @Override
    public void chainedAfterLogin(
            ConnectionInfo connection, MailAddress account, Upstream upstream, String mechanism, String rule) {
        guard(() -> listener.chainedAfterLogin(connection, account, upstream, mechanism, rule));
    }

    @Override
    public void loginFailed(ConnectionInfo connection, LoginFailure failure, String login, String reason) {
        guard(() -> listener.loginFailed(connection, failure, login, reason));
    }

    @Override
    public void retrieved(MailAddress account, UniqueId message, long octets, boolean whole) {
        guard(() -> listener.retrieved(account, message, octets, whole));
    }

    @Override
    public void removed(MailAddress account, Set<UniqueId> messages) {
        guard(() -> listener.removed(account, messages));
    }

    @Override
    public void removalFailed(MailAddress account, Set<UniqueId> messages) {
        guard(() -> listener.removalFailed(account, messages));
    }

    @Override
    public void ended(ConnectionInfo connection, SessionSummary summary) {
        guard(() -> listener.ended(connection, summary));
    }

    private static void guard(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error e) { // such as a LinkageError from a metrics library that does not fit
            LOG.error("A POP3 listener failed", e);
        }
    }
}
