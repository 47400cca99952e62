package org.vmail.directory;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.OptionalLong;

/**
 * How much mail a mailbox may hold.
 *
 * @param octets the limit of its size, positive; empty for none
 * @param messages the limit of their number, positive; empty for none
 */
public record Quota(OptionalLong octets, OptionalLong messages) {
    private static final Quota UNLIMITED = new Quota(OptionalLong.empty(), OptionalLong.empty());

    /**
     * Checks the limits.
     *
     * @param octets the limit of the size
     * @param messages the limit of the number
     * @throws IllegalArgumentException if one is not positive
     */
    public Quota {
        checkArgument(octets.orElse(1) > 0, "A quota in octets must be positive");
        checkArgument(messages.orElse(1) > 0, "A quota in messages must be positive");
    }

    /**
     * No limit.
     *
     * @return the default
     */
    public static Quota unlimited() {
        return UNLIMITED;
    }

    /**
     * A limit of the size alone.
     *
     * @param octets positive
     * @return the quota
     */
    public static Quota ofOctets(long octets) {
        return new Quota(OptionalLong.of(octets), OptionalLong.empty());
    }
}
