package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.vmail.net.ServerOptions;

/** A client whose every packet is given beforehand, and who keeps what each write sent. */
final class ScriptedChannel {
    private final Deque<ByteBuffer> packets = new ArrayDeque<>();
    private final List<String> writes = new ArrayList<>();
    private final ClientConnection connection;

    ScriptedChannel(String... packets) throws IOException {
        for (String packet : packets) {
            this.packets.add(ByteBuffer.wrap(packet.getBytes(ISO_8859_1)));
        }
        SocketChannel channel = mock(SocketChannel.class);
        when(channel.read(any(ByteBuffer.class))).thenAnswer(call -> read(call.getArgument(0)));
        when(channel.write(any(ByteBuffer.class))).thenAnswer(call -> write(call.getArgument(0)));
        connection = new ClientConnection(channel, ServerOptions.defaults(), () -> {});
    }

    ClientConnection connection() {
        return connection;
    }

    /** What was sent, one text for each write. */
    List<String> writes() {
        return writes;
    }

    private int read(ByteBuffer target) {
        ByteBuffer packet = packets.peek();
        if (packet == null) {
            return -1;
        }
        int count = Math.min(packet.remaining(), target.remaining());
        target.put(packet.slice(packet.position(), count));
        packet.position(packet.position() + count);
        if (!packet.hasRemaining()) {
            packets.remove();
        }
        return count;
    }

    private int write(ByteBuffer source) {
        int count = source.remaining();
        writes.add(ISO_8859_1.decode(source).toString());
        return count;
    }
}
