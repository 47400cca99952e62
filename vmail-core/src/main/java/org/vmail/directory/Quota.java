package org.vmail.directory;

import com.google.common.base.Preconditions;

/**
 * How much one mailbox may hold, all of its folders together. A quota of zero octets or zero messages takes nothing.
 *
 * @param octets as they are stored; {@link Long#MAX_VALUE} is no limit
 * @param messages how many; {@link Long#MAX_VALUE} is no limit
 */
public record Quota(long octets, long messages) {
    /** No limit at all. */
    public static final Quota UNLIMITED = new Quota(Long.MAX_VALUE, Long.MAX_VALUE);

    /**
     * Checks the limits.
     *
     * @param octets as they are stored
     * @param messages how many
     * @throws IllegalArgumentException if one of them is negative
     */
    public Quota {
        Preconditions.checkArgument(octets >= 0, "A quota of %s octets is negative", octets);
        Preconditions.checkArgument(messages >= 0, "A quota of %s messages is negative", messages);
    }

    /**
     * A limit of the size alone.
     *
     * @param octets at least 0
     * @return the quota
     * @throws IllegalArgumentException if it is negative
     */
    public static Quota ofOctets(long octets) {
        return new Quota(octets, Long.MAX_VALUE);
    }

    /**
     * A limit of the number alone.
     *
     * @param messages at least 0
     * @return the quota
     * @throws IllegalArgumentException if it is negative
     */
    public static Quota ofMessages(long messages) {
        return new Quota(Long.MAX_VALUE, messages);
    }

    /**
     * The same limit of the size, with another of the number.
     *
     * @param limit at least 0
     * @return the changed copy
     * @throws IllegalArgumentException if it is negative
     */
    public Quota withMessages(long limit) {
        return new Quota(octets, limit);
    }

    /**
     * Whether nothing is limited.
     *
     * @return whether neither size nor number is
     */
    public boolean isUnlimited() {
        return equals(UNLIMITED);
    }

    /**
     * The limits, for logs.
     *
     * @return such as {@code 1000 octets, 10 messages}
     */
    @Override
    public String toString() {
        return text(octets) + " octets, " + text(messages) + " messages";
    }

    private static String text(long limit) {
        return limit == Long.MAX_VALUE ? "unlimited" : Long.toString(limit);
    }
}
