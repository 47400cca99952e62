package org.vmail.mailbox;

import com.google.common.base.Preconditions;
import java.util.Optional;
import org.vmail.directory.Quota;

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
     * Says whether one more message has to be refused.
     *
     * @param quota what the mailbox may hold
     * @param size of the message in octets
     * @return why it is refused; empty if there is room
     */
    public Optional<BeginResult.OverQuota> refusal(Quota quota, long size) {
        boolean never = quota.octets() == 0 || quota.messages() == 0 || size > quota.octets();
        boolean room = !never && size <= quota.octets() - octets && 1 <= quota.messages() - messages;
        return room ? Optional.empty() : Optional.of(new BeginResult.OverQuota(this, quota, never));
    }

    /**
     * Whether a mailbox holds more than it may.
     *
     * @param quota what it may hold
     * @return whether size or number is above its limit
     */
    public boolean exceeds(Quota quota) {
        return octets > quota.octets() || messages > quota.messages();
    }

    /**
     * How full a mailbox is.
     *
     * @param quota what it may hold
     * @return the larger of the two shares, in percent: 100 is full, and more is possible
     */
    public double percentOf(Quota quota) {
        return Math.max(percent(octets, quota.octets()), percent(messages, quota.messages()));
    }

    private static double percent(long used, long limit) {
        return limit == 0 ? 100 : 100.0 * used / limit;
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
