package org.vmail.delivery.relay;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.delivery.Outcome;

/** Keeps what an embedder's listener throws away from the spool. */
record GuardedSpoolListener(SpoolListener listener) implements SpoolListener {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedSpoolListener.class);

    @Override
    public void queued(SpooledMessage message) {
        guard(() -> listener.queued(message));
    }

    @Override
    public void tried(SpooledMessage message, ForwardPath recipient, Outcome outcome) {
        guard(() -> listener.tried(message, recipient, outcome));
    }

    @Override
    public void returned(SpooledMessage message) {
        guard(() -> listener.returned(message));
    }

    @Override
    public void ended(SpooledMessage message) {
        guard(() -> listener.ended(message));
    }

    private static void guard(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error e) { // such as a LinkageError from a metrics library that does not fit
            LOG.error("A listener of the spool failed", e);
        }
    }
}
