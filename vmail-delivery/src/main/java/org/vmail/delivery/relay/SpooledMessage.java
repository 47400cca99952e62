package org.vmail.delivery.relay;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.vmail.delivery.ReversePath;

/**
 * What is known of a message in a spool.
 *
 * @param id its name in the log and in the folder
 * @param arrived when it was accepted
 * @param octets how long it is
 * @param reversePath who is told of a failure; empty for reports
 * @param attempts how often it was handed over, for some recipient at least
 * @param next when it is tried again; in the past if it is due or being sent
 * @param recipients who have not got it yet
 */
public record SpooledMessage(
        String id,
        Instant arrived,
        long octets,
        ReversePath reversePath,
        int attempts,
        Instant next,
        List<Recipient> recipients) {
    /**
     * Somebody who has not got it yet.
     *
     * @param path the address
     * @param trouble why not: an enhanced status (RFC 3463) and a text, mostly the reply of the next host. Empty if it was
     *     not tried
     */
    public record Recipient(ForwardPath path, Optional<String> trouble) {}

    /**
     * Copies the list.
     *
     * @param id its name
     * @param arrived when it was accepted
     * @param octets how long it is
     * @param reversePath who is told of a failure
     * @param attempts how often it was handed over
     * @param next when it is tried again
     * @param recipients who have not got it yet
     */
    public SpooledMessage {
        recipients = List.copyOf(recipients);
    }

    static SpooledMessage of(String id, long octets, QueuedEnvelope envelope) {
        return new SpooledMessage(
                id,
                envelope.arrived(),
                octets,
                envelope.from(),
                envelope.attempts(),
                envelope.next(),
                envelope.recipients().stream().map(SpooledMessage::recipient).toList());
    }

    private static Recipient recipient(QueuedRecipient recipient) {
        return new Recipient(
                recipient.path(), recipient.reason().map(trouble -> trouble.status() + " " + trouble.text()));
    }
}
