package org.vmail.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;

/**
 * The daemon's end of a chained connection. One thread may read while another writes; {@link #close} may be called by any
 * thread, does not wait, and sooner or later ends a read or write that is under way.
 */
interface Upstream extends ByteChannel {
    /** Tells the daemon that the client sends nothing more. */
    void shutdownOutput() throws IOException;

    /** A daemon behind a socket. */
    static Upstream of(SocketChannel channel) {
        return new Upstream() {
            @Override
            public int read(ByteBuffer target) throws IOException {
                return channel.read(target);
            }

            @Override
            public int write(ByteBuffer source) throws IOException {
                return channel.write(source);
            }

            @Override
            public void shutdownOutput() throws IOException {
                channel.shutdownOutput();
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }
}
