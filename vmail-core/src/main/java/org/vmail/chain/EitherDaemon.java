package org.vmail.chain;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.Connection;

/** A daemon, and another one in its place. */
record EitherDaemon(NativeDaemon first, NativeDaemon second) implements NativeDaemon {
    private static final Logger LOG = LoggerFactory.getLogger(EitherDaemon.class);

    @Override
    public void serve(Connection connection) throws IOException {
        try {
            first.serve(connection);
        } catch (IOException e) {
            if (!connection.isOpen()) {
                throw e;
            }
            LOG.warn("The native daemon {} gets what is for {}: {}", second, first, e.toString());
            try {
                second.serve(connection);
            } catch (IOException again) {
                again.addSuppressed(e);
                throw again;
            }
        }
    }

    @Override
    public String toString() {
        return first + " or " + second;
    }
}
