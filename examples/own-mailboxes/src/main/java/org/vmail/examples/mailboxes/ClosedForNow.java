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
    public void serve(Connection connection) throws IOException {
        ByteBuffer line = ByteBuffer.wrap(GOODBYE);
        while (line.hasRemaining()) {
            connection.write(line);
        }
    }
}
