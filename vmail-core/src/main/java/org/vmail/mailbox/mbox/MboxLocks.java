package org.vmail.mailbox.mbox;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.vmail.internal.Durations;

/**
 * How the programs that share an mbox keep out of each other's way. All of them have to agree on the methods; the order
 * matters less here, because whoever does not get all locks at once lets go of those it got before it tries again.
 *
 * @param methods at least one, each at most once, in the order in which they are taken
 * @param openWait how long opening a maildrop waits for them, before the maildrop counts as in use; not negative
 * @param writeWait how long a delivery, and the removal of messages, waits before it fails; not negative
 * @param staleAfter how old a dotlock must be to count as left by a crash, and be removed; longer than a minute, for a lock
 *     that is in use is renewed twice a minute
 */
public record MboxLocks(List<Method> methods, Duration openWait, Duration writeWait, Duration staleAfter) {
    private static final Duration SHORTEST_STALE = Duration.ofMinutes(1);

    /**
     * What Debian asks of all its mail programs (Debian Policy, section 11.6): fcntl, then a dotlock. Opening waits 2 s,
     * writing 10 s; a dotlock is stale after 5 minutes.
     */
    public static final MboxLocks DEBIAN = new MboxLocks(
            List.of(Method.FCNTL, Method.DOTLOCK),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            Duration.ofMinutes(5));

    /** A way to lock an mbox. */
    public enum Method {
        /** A record lock of the operating system on the whole file; a crash leaves none. */
        FCNTL,
        /** A file beside the mbox, with {@code .lock} behind its name; works wherever files can be made. */
        DOTLOCK
    }

    /**
     * Checks the options.
     *
     * @param methods in the order in which they are taken
     * @param openWait for opening
     * @param writeWait for writing
     * @param staleAfter the age of a stale dotlock
     * @throws IllegalArgumentException if there is no method, or one twice, or a time is out of its bounds
     */
    public MboxLocks {
        methods = List.copyOf(methods);
        if (methods.isEmpty() || EnumSet.copyOf(methods).size() != methods.size()) {
            throw new IllegalArgumentException("An mbox needs one lock method or two different ones");
        }
        checkWait(openWait, "The wait for opening an mbox");
        checkWait(writeWait, "The wait for writing to an mbox");
        Durations.checkBounded(staleAfter, "The age of a stale dotlock");
        if (staleAfter.compareTo(SHORTEST_STALE) <= 0) {
            throw new IllegalArgumentException("The age of a stale dotlock must be longer than a minute");
        }
    }

    /**
     * The same with other methods.
     *
     * @param order at least one, each at most once
     * @return a copy
     */
    public MboxLocks withMethods(Method... order) {
        return new MboxLocks(List.of(order), openWait, writeWait, staleAfter);
    }

    /**
     * The same with other waits.
     *
     * @param open for opening, not negative
     * @param write for writing, not negative
     * @return a copy
     */
    public MboxLocks withWaits(Duration open, Duration write) {
        return new MboxLocks(methods, open, write, staleAfter);
    }

    private static void checkWait(Duration wait, String what) {
        if (wait.isNegative()) {
            throw new IllegalArgumentException(what + " must not be negative");
        }
        Durations.checkBounded(wait, what);
    }
}
