package org.vmail.mailbox;

import com.google.common.base.Preconditions;

/**
 * What a mailbox holds of its quota, with the messages that are under way to it.
 *
 * @param octets as they are stored
 * @param messages how many
 */
public record QuotaUsage(long octets, long messages) {
    /** An empty mailbox. */
    public static final QuotaUsage NONE = new QuotaUsage(0, 0);

    /**
     * Checks the numbers.
     *
     * @param octets as they are stored
     * @param messages how many
     * @throws IllegalArgumentException if one of them is negative
     */
    public QuotaUsage {
        Preconditions.checkArgument(
                octets >= 0 && messages >= 0, "A mailbox holds %s octets, %s messages", octets, messages);
    }

    /**
     * The usage with one message more.
     *
     * @param size of the message in octets
     * @return the sum
     */
    public QuotaUsage plusMessage(long size) {
        return new QuotaUsage(octets + size, messages + 1);
    }

    /**
     * The usage with one message less.
     *
     * @param size of the message in octets
     * @return the difference, not below zero
     */
    public QuotaUsage minusMessage(long size) {
        return new QuotaUsage(Math.max(0, octets - size), Math.max(0, messages - 1));
    }

    /**
     * The usage, for logs.
     *
     * @return such as {@code 1000 octets, 10 messages}
     */
    @Override
    public String toString() {
        return octets + " octets, " + messages + " messages";
    }
}
