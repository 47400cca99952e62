package org.vmail.pop3;

import java.net.InetAddress;
import java.util.Set;
import org.vmail.address.MailAddress;
import org.vmail.chain.Upstream;
import org.vmail.domain.DomainChoice;
import org.vmail.mailbox.UniqueId;
import org.vmail.net.ConnectionInfo;

/**
 * Learns what a server does, for metrics and logs. Nothing that it is told is a secret, except for those who must not know
 * who has mail here.
 *
 * <p>Of each connection that is {@link #connected} one of three things is told at last: that it was {@link #chained} before a
 * greeting, that its session has {@link #ended}, or that it was {@link #abandoned} before there was one.
 *
 * <p>It is called by the session's thread, or by the one that accepts clients, by many at once, and outside of locks; they
 * wait for it, so it should be quick. What it throws is logged and has no other effect.
 */
public interface Pop3Listener {
    /**
     * A client has connected for whom there was no place, and nothing more is heard of it.
     *
     * @param client its address, or that of the proxy that has not told for whom it speaks
     */
    default void refused(InetAddress client) {}

    /**
     * A client has connected, and there was a place for it.
     *
     * @param connection the two addresses
     */
    default void connected(ConnectionInfo connection) {}

    /**
     * It is known which domain a connection is for. That is told again if it changes when TLS has begun, because of the name
     * of the server that the client asked for. A client of a {@link DomainChoice.Disputed} connection is refused.
     *
     * @param connection the two addresses
     * @param choice the domain, or that there is none or no single one, and the rule that decided
     */
    default void domainChosen(ConnectionInfo connection, DomainChoice choice) {}

    /**
     * A connection has ended without a greeting: its TLS handshake failed, or its domain is not known now.
     *
     * @param connection the two addresses
     * @param reason why, in one line
     */
    default void abandoned(ConnectionInfo connection, String reason) {}

    /**
     * A connection is handed to the native daemon before anything was read. That is the last that is heard of it.
     *
     * @param connection the two addresses
     */
    default void chained(ConnectionInfo connection) {}

    /**
     * TLS protects the connection from now on.
     *
     * @param connection with the name that the client asked for
     */
    default void encrypted(ConnectionInfo connection) {}

    /**
     * Somebody has logged in, and the maildrop is open.
     *
     * @param connection from where
     * @param account who
     * @param mechanism how: {@code USER}, {@code APOP}, or the name of a SASL mechanism
     * @param rule what decided the domain
     */
    default void loggedIn(ConnectionInfo connection, MailAddress account, String mechanism, String rule) {}

    /**
     * Somebody has logged in on another server, and is connected through. The end of the session is told as of any other.
     *
     * @param connection from where
     * @param account who
     * @param upstream where
     * @param mechanism how the client gave its password: {@code USER}, or the name of a SASL mechanism
     * @param rule what decided that
     */
    default void chainedAfterLogin(
            ConnectionInfo connection, MailAddress account, Upstream upstream, String mechanism, String rule) {}

    /**
     * Somebody could not log in.
     *
     * @param connection from where
     * @param failure of what kind
     * @param login what the client sent, cut to a bound and made printable
     * @param reason why, for the administrator and not for the client
     */
    default void loginFailed(ConnectionInfo connection, LoginFailure failure, String login, String reason) {}

    /**
     * A message or a part of it was sent.
     *
     * @param account whose
     * @param message which
     * @param octets how much of it
     * @param whole whether that was all of it, as RETR asks, or what TOP asks
     */
    default void retrieved(MailAddress account, UniqueId message, long octets, boolean whole) {}

    /**
     * Messages were removed at QUIT.
     *
     * @param account whose
     * @param messages which
     */
    default void removed(MailAddress account, Set<UniqueId> messages) {}

    /**
     * Messages that were marked could not all be removed at QUIT; some may be gone.
     *
     * @param account whose
     * @param messages which were to be removed
     */
    default void removalFailed(MailAddress account, Set<UniqueId> messages) {}

    /**
     * A session has ended. It is told of every session that had a greeting, whatever ended it.
     *
     * @param connection the two addresses
     * @param summary what happened
     */
    default void ended(ConnectionInfo connection, SessionSummary summary) {}
}
