package org.vmail.delivery.relay;

import java.util.List;
import org.vmail.delivery.MessageSource;
import org.vmail.delivery.ReversePath;

/**
 * A message that is sent on, for some of its recipients.
 *
 * @param reversePath who is told of a failure; empty for reports
 * @param recipients at least one
 * @param content the message, with lines that end in CRLF or LF
 * @param octets how long it is, more or less: its line ends may still change
 * @param eightBit whether an octet of it is not ASCII
 */
public record OutboundMessage(
        ReversePath reversePath, List<ForwardPath> recipients, MessageSource content, long octets, boolean eightBit) {
    /**
     * Copies the list.
     *
     * @param reversePath who is told of a failure
     * @param recipients at least one
     * @param content the message
     * @param octets how long it is
     * @param eightBit whether an octet of it is not ASCII
     */
    public OutboundMessage {
        recipients = List.copyOf(recipients);
    }
}
