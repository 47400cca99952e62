package org.vmail.mailbox;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An account's messages as they were when the maildrop was opened, locked for one session (RFC 1939, section 4).
 *
 * <p>Other programs may add, flag, move and remove messages meanwhile: what is added is not seen, and what is gone is gone.
 * Used by one thread at a time. Closing releases the lock and removes nothing; it may be done twice.
 */
public interface Maildrop extends Closeable {
    /**
     * The messages, oldest first; the number of a message in POP3 is its index plus one.
     *
     * @return always the same list; no unique-id stands in it twice
     */
    List<StoredMessage> messages();

    /**
     * The size of all messages together, which every session is told.
     *
     * @return the octets of {@link #messages()}, added up, as is done here
     */
    default long octets() {
        long sum = 0;
        for (StoredMessage message : messages()) {
            sum += message.octets();
        }
        return sum;
    }

    /**
     * Opens a message. Every line ends in CRLF, as on the wire, but for the last, which may have no end; nothing is
     * dot-stuffed. For a message that nobody changed these are {@link StoredMessage#octets()} octets.
     *
     * @param message one of {@link #messages()}
     * @return its octets from the first on, which the caller closes, or empty if it was removed by somebody else
     * @throws IOException if it cannot be read now
     */
    Optional<InputStream> content(StoredMessage message) throws IOException;

    /**
     * Removes messages for ever. One that is gone already counts as removed; all are tried, even if one fails.
     *
     * @param messages unique-ids from {@link #messages()}
     * @throws IOException if at least one of them is still there
     */
    void remove(Set<UniqueId> messages) throws IOException;
}
