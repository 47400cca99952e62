package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import org.vmail.chain.ConnectionRelay;
import org.vmail.net.internal.OutboundConnection;

/** A connection to another server: lines during the login, octets behind it, of which none is lost in between. */
final class UpstreamWire implements ConnectionRelay.Peer {
    private final OutboundConnection connection;

    /** What was received and not read, from its position to its limit. */
    private final ByteBuffer received;

    UpstreamWire(OutboundConnection connection, int maxLineOctets) {
        this.connection = connection;
        this.received = ByteBuffer.allocate(maxLineOctets).limit(0);
    }

    void startTls(SSLEngine engine) throws IOException {
        if (received.hasRemaining()) {
            // Somebody in the middle may want it to be taken for what the server says within TLS.
            throw new ProtocolException("something follows the reply to STLS");
        }
        connection.startTls(engine, Pop3Service.ALPN);
    }

    void writeLine(String line) throws IOException {
        writeAll(ByteBuffer.wrap((line + "\r\n").getBytes(ISO_8859_1)));
    }

    void writeAll(ByteBuffer octets) throws IOException {
        while (octets.hasRemaining()) {
            connection.write(octets);
        }
    }

    /** A line without its end, one char for each octet. */
    String readLine() throws IOException {
        int scanned = received.position();
        while (true) {
            for (; scanned < received.limit(); scanned++) {
                if (received.get(scanned) == '\n') {
                    return line(scanned);
                }
            }
            int pending = received.remaining();
            received.compact();
            int count = received.hasRemaining() ? connection.read(received) : 0;
            boolean full = count == 0 && !received.hasRemaining();
            received.flip();
            scanned = pending;
            if (full) {
                throw new ProtocolException("an endless line");
            }
            if (count < 0) {
                throw new EOFException("it closed without a reply");
            }
        }
    }

    private String line(int lineFeed) {
        byte[] octets = new byte[lineFeed - received.position()];
        received.get(octets).position(lineFeed + 1);
        int end = octets.length > 0 && octets[octets.length - 1] == '\r' ? octets.length - 1 : octets.length;
        return new String(octets, 0, end, ISO_8859_1);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!received.hasRemaining()) {
            return connection.read(target);
        }
        int count = Math.min(received.remaining(), target.remaining());
        target.put(received.slice(received.position(), count));
        received.position(received.position() + count);
        return count;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return connection.write(source);
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
