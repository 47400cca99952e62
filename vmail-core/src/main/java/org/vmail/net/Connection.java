package org.vmail.net;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/**
 * A client's connection, as a channel that blocks.
 *
 * <p>One thread may read while another writes. {@link #close()} may be called by any thread, any number of times, and
 * ends a read or write that is under way with an {@link IOException}. Whoever accepted the connection closes it; those to
 * whom it is passed may close it earlier.
 */
public interface Connection extends ByteChannel {
    /**
     * What is known of the connection.
     *
     * @return the two addresses, and what TLS told
     */
    ConnectionInfo info();

    /**
     * Tells the client that nothing more will be sent; what it sends can still be read.
     *
     * @throws IOException if the connection is broken or closed
     */
    void shutdownOutput() throws IOException;
}
