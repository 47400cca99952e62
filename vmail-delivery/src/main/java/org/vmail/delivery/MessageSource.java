package org.vmail.delivery;

import com.google.common.io.ByteStreams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A message that can be read several times, once for each mailbox that it goes to, and by several threads at the same time. */
@FunctionalInterface
public interface MessageSource {
    /**
     * Opens the message at its first octet. Lines end in CRLF or LF.
     *
     * @return a new stream, which the caller closes
     * @throws IOException if it cannot be read
     */
    InputStream open() throws IOException;

    /**
     * How long it is. By default it is read to find out; whoever knows says so.
     *
     * @return its octets
     * @throws IOException if it cannot be read
     */
    default long octets() throws IOException {
        try (InputStream in = open()) {
            return ByteStreams.exhaust(in);
        }
    }

    /**
     * A message in memory.
     *
     * @param octets the message, header and body; copied
     * @return the source
     */
    static MessageSource of(byte[] octets) {
        byte[] copy = octets.clone();
        return new MessageSource() {
            @Override
            public InputStream open() {
                return new ByteArrayInputStream(copy);
            }

            @Override
            public long octets() {
                return copy.length;
            }
        };
    }
}
