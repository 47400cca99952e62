package org.vmail.examples.mailboxes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.vmail.chain.NativeDaemon;
import org.vmail.net.Connection;

/** A daemon of one's own for connections to addresses that are not the reports': it says goodbye. */
final class ClosedForNow implements NativeDaemon {
    private static final byte[] GOODBYE = "-ERR [SYS/PERM] reports are on another address\r\n".getBytes(US_ASCII);

    @Override
    public void serve(Connection connection) {
        ByteBuffer line = ByteBuffer.wrap(GOODBYE);
        try {
            while (line.hasRemaining()) {
                connection.write(line);
            }
        } catch (IOException e) {
            // Whoever throws has sent nothing, so that another answer may follow. Here a part may be sent,
            // and a client that does not get the rest has gone.
        }
    }
}
