package org.vmail.auth;

import java.time.Duration;
import java.util.List;

/** The recent failures of one network or account, and its attempts under way. Thread-safe; nothing in it blocks. */
final class Failures {
    private final LoginThrottleOptions options;
    private int failures;
    private long forgivenAt;
    private int underWay;

    Failures(LoginThrottleOptions options) {
        this.options = options;
    }

    /** Takes a place among the attempts, and says how long to wait for those before. */
    synchronized Duration begin(long now) {
        forgive(now);
        Duration penalty = penalty();
        underWay++;
        return penalty;
    }

    synchronized void failed(long now) {
        forgive(now);
        underWay--;
        if (failures == 0) {
            forgivenAt = now;
        }
        // No more than there are penalties, so that whoever stops is forgiven in foreseeable time.
        failures = Math.min(failures + 1, options.penalties().size());
    }

    synchronized void withdrawn() {
        underWay--;
    }

    private Duration penalty() {
        int others = failures > 0 ? underWay : Math.max(0, underWay - options.parallel() + 1);
        List<Duration> penalties = options.penalties();
        int index = Math.min(failures + others, penalties.size()) - 1;
        return index < 0 ? Duration.ZERO : penalties.get(index);
    }

    private void forgive(long now) {
        long periods = (now - forgivenAt) / options.forgiveness().toNanos();
        if (failures > 0 && periods > 0) {
            failures = (int) Math.max(0, failures - periods);
            forgivenAt += periods * options.forgiveness().toNanos();
        }
    }
}
