package org.vmail.delivery.lmtp;

import java.net.InetAddress;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.ReversePath;
import org.vmail.net.ConnectionInfo;

/**
 * Learns what a server does, for metrics and logs. Nothing that it is told is a secret, except for those who must not know
 * who has mail here.
 *
 * <p>Of each connection that is {@link #connected} it is told at last that its session has {@link #ended}.
 *
 * <p>It is called by the session's thread, or by the one that accepts clients, by many at once, and outside of locks; they
 * wait for it, so it should be quick. What it throws is logged and has no other effect. Who wants to know of what was
 * delivered, and whether by LMTP or otherwise, asks for a {@link org.vmail.delivery.DeliveryListener}.
 */
public interface LmtpListener {
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
     * TLS protects the connection from now on.
     *
     * @param connection with the name that the client asked for
     */
    default void encrypted(ConnectionInfo connection) {}

    /**
     * A recipient was not accepted at RCPT, for now or for good.
     *
     * @param connection from where
     * @param reversePath the sender
     * @param result the recipient, and what the client was told
     */
    default void recipientRefused(ConnectionInfo connection, ReversePath reversePath, DeliveryResult result) {}

    /**
     * The client was told what became of a message for one of its recipients.
     *
     * @param connection from where
     * @param reversePath the sender
     * @param octets the size of the message with the trace field of this server; of one that is too large, all that came
     * @param result the recipient, and what the client was told
     */
    default void answered(ConnectionInfo connection, ReversePath reversePath, long octets, DeliveryResult result) {}

    /**
     * A session has ended, whatever ended it.
     *
     * @param connection the two addresses
     * @param summary what happened
     */
    default void ended(ConnectionInfo connection, LmtpSummary summary) {}
}
