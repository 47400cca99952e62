package org.vmail.mailbox;

/**
 * A message in a maildrop.
 *
 * @param uniqueId which one
 * @param octets its size with every line end counted as CRLF, not negative (RFC 1939, section 11)
 */
public record StoredMessage(UniqueId uniqueId, long octets) {
    /**
     * Checks the size.
     *
     * @param uniqueId which one
     * @param octets its size
     * @throws IllegalArgumentException if the size is negative
     */
    public StoredMessage {
        if (octets < 0) {
            throw new IllegalArgumentException("The size of message " + uniqueId + " is negative");
        }
    }
}
