package org.vmail.delivery.relay;

/** A message that was committed; it is changed by the thread alone that has taken it out of the queue. */
final class SpoolEntry {
    private final String id;
    private final long octets;
    private volatile QueuedEnvelope envelope;
    private boolean saved = true;

    SpoolEntry(String id, long octets, QueuedEnvelope envelope) {
        this.id = id;
        this.octets = octets;
        this.envelope = envelope;
    }

    String id() {
        return id;
    }

    long octets() {
        return octets;
    }

    QueuedEnvelope envelope() {
        return envelope;
    }

    void envelope(QueuedEnvelope changed) {
        envelope = changed;
    }

    /** Whether the file has the last results; nothing is sent while it has not. */
    boolean isSaved() {
        return saved;
    }

    void saved(boolean whether) {
        saved = whether;
    }

    SpooledMessage message() {
        return SpooledMessage.of(id, octets, envelope);
    }
}
