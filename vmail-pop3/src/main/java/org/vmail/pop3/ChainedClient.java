package org.vmail.pop3;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.vmail.net.Connection;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.internal.Wire;

/** A client that another server serves from now on: first what it has sent already, then what it sends. Counts octets. */
final class ChainedClient implements Connection {
    private final Connection connection;
    private final ByteBuffer pending;
    private volatile long octetsIn;
    private volatile long octetsOut;

    /** Takes over what was received and is not read yet. */
    ChainedClient(Connection connection, Wire wire) {
        this.connection = connection;
        this.pending = ByteBuffer.wrap(wire.takeUnread());
    }

    /** How much the client has sent since then. */
    long octetsIn() {
        return octetsIn;
    }

    /** How much was sent to the client. */
    long octetsOut() {
        return octetsOut;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (pending.hasRemaining()) {
            int count = Math.min(pending.remaining(), target.remaining());
            target.put(pending.slice(pending.position(), count));
            pending.position(pending.position() + count);
            return count;
        }
        int count = connection.read(target);
        count(count);
        return count;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    public int write(ByteBuffer source) throws IOException {
        int count = connection.write(source);
        octetsOut += count;
        return count;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread reads
    private void count(int octets) {
        octetsIn += Math.max(octets, 0);
    }

    @Override
    public ConnectionInfo info() {
        return connection.info();
    }

    @Override
    public void shutdownOutput() throws IOException {
        connection.shutdownOutput();
    }

    @Override
    public boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
