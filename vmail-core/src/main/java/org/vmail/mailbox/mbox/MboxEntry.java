package org.vmail.mailbox.mbox;

/**
 * Where a message is.
 *
 * @param start the offset of its separator
 * @param end the offset behind it, where the next separator is, or the end of the file
 * @param octets its size on the wire
 * @param hasId whether vmail delivered it
 * @param internal whether it is hidden, as UW imapd's own
 */
record MboxEntry(long start, long end, long octets, Fingerprint fingerprint, boolean hasId, boolean internal) {
    MboxEntry movedBy(long distance) {
        return new MboxEntry(start + distance, end + distance, octets, fingerprint, hasId, internal);
    }
}
