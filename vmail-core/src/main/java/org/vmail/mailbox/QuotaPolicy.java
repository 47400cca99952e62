package org.vmail.mailbox;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;

/**
 * What a store does about quotas: the limits, and who is told when a mailbox is nearly full. Immutable and thread-safe; each
 * {@code with…} method returns a changed copy.
 */
public final class QuotaPolicy {
    /** No limits, and nobody is told anything. */
    public static final QuotaPolicy NONE = of(QuotaLimits.forAll(Quota.UNLIMITED));

    private static final Logger LOG = LoggerFactory.getLogger(QuotaPolicy.class);
    private static final int MAX_PERCENT = 100;

    private final QuotaLimits limits;
    private final QuotaListener listener;
    private final List<Integer> thresholds;

    private QuotaPolicy(QuotaLimits limits, QuotaListener listener, List<Integer> thresholds) {
        this.limits = limits;
        this.listener = listener;
        this.thresholds = thresholds;
    }

    /**
     * Limits without warnings.
     *
     * @param limits the quota of each account
     * @return the policy
     */
    public static QuotaPolicy of(QuotaLimits limits) {
        return new QuotaPolicy(limits, (account, percent, quota, usage) -> {}, List.of());
    }

    /**
     * Has somebody told when a mailbox is 80 and 95 percent full.
     *
     * @param told who
     * @return the changed copy
     */
    public QuotaPolicy withWarnings(QuotaListener told) {
        return withWarnings(told, 80, 95);
    }

    /**
     * Has somebody told when a mailbox is nearly full.
     *
     * @param told who
     * @param percents when: 1 to 100, of the size or of the number, whichever is higher
     * @return the changed copy
     * @throws IllegalArgumentException if a percentage is out of range
     */
    public QuotaPolicy withWarnings(QuotaListener told, int... percents) {
        for (int percent : percents) {
            Preconditions.checkArgument(percent > 0 && percent <= MAX_PERCENT, "%s percent is out of range", percent);
        }
        return new QuotaPolicy(limits, told, Arrays.stream(percents).boxed().toList());
    }

    /**
     * The quota of an account.
     *
     * @param account the canonical address of an account that exists
     * @return its quota
     * @throws IOException if it cannot be told now
     */
    public Quota quota(MailAddress account) throws IOException {
        return limits.of(account);
    }

    /**
     * To be called by a store for each message that it has delivered, without a lock held: warns if that crossed a threshold.
     *
     * @param account whose mailbox it is
     * @param quota its limits
     * @param before what it held without the message
     * @param after what it holds with it
     */
    public void delivered(MailAddress account, Quota quota, QuotaUsage before, QuotaUsage after) {
        if (thresholds.isEmpty()) {
            return;
        }
        double from = before.percentOf(quota);
        double to = after.percentOf(quota);
        thresholds.stream()
                .filter(percent -> from < percent && percent <= to)
                .max(Integer::compare)
                .ifPresent(percent -> warn(account, percent, quota, after));
    }

    private void warn(MailAddress account, int percent, Quota quota, QuotaUsage usage) {
        try {
            listener.nearlyFull(account, percent, quota, usage);
        } catch (RuntimeException | Error e) {
            LOG.error("The warning that the mailbox of {} is {} percent full failed", account, percent, e);
        }
    }
}
