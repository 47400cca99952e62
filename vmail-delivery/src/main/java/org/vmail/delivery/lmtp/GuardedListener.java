package org.vmail.delivery.lmtp;

import java.net.InetAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.ReversePath;
import org.vmail.net.ConnectionInfo;

/** Keeps what an embedder's listener throws away from the sessions. */
record GuardedListener(LmtpListener listener) implements LmtpListener {
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
    public void encrypted(ConnectionInfo connection) {
        guard(() -> listener.encrypted(connection));
    }

    @Override
    public void recipientRefused(ConnectionInfo connection, ReversePath reversePath, DeliveryResult result) {
        guard(() -> listener.recipientRefused(connection, reversePath, result));
    }

    @Override
    public void answered(ConnectionInfo connection, ReversePath reversePath, long octets, DeliveryResult result) {
        guard(() -> listener.answered(connection, reversePath, octets, result));
    }

    @Override
    public void ended(ConnectionInfo connection, LmtpSummary summary) {
        guard(() -> listener.ended(connection, summary));
    }

    private static void guard(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error e) { // such as a LinkageError from a metrics library that does not fit
            LOG.error("An LMTP listener failed", e);
        }
    }
}
