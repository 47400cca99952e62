package org.vmail.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A client of a Unix socket; in its texts each char is one octet. It waits for ever: its tests need a time-out. */
public final class UnixClient implements Closeable {
    private final SocketChannel channel;

    private UnixClient(SocketChannel channel) {
        this.channel = channel;
    }

    /** Connects. */
    public static UnixClient connect(Path socket) throws IOException {
        return new UnixClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /** Sends octets. */
    public void send(String octets) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(octets.getBytes(ISO_8859_1));
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Reads a line, and returns it without its end. */
    public String readLine() throws IOException {
        return read('\n').stripTrailing();
    }

    /** Reads until the server closes. */
    public String readToEnd() throws IOException {
        return read(-1);
    }

    /** Sends a line and reads one. */
    public String ask(String line) throws IOException {
        send(line + "\r\n");
        return readLine();
    }

    private String read(int end) throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (channel.read(one) > 0) {
            octets.write(one.get(0));
            if (one.get(0) == end) {
                break;
            }
            one.clear();
        }
        return octets.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
