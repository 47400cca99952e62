package org.vmail.mailbox.maildir;

import com.google.common.base.Strings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes file names that no other delivery on any host has: seconds, microseconds, process, count and host, as
 * <a href="https://cr.yp.to/proto/maildir.html">maildir(5)</a> asks. Thread-safe.
 */
final class UniqueNames {
    /** A unique-id has 70 characters at most, and the numbers can take 45 of them. */
    private static final int MAX_HOST = 25;

    private static final int MICROS_DIGITS = 6;

    private static final AtomicLong COUNT = new AtomicLong();
    private static final long PROCESS = ProcessHandle.current().pid();

    private final Clock clock;
    private final String host;

    UniqueNames(Clock clock) {
        this.clock = clock;
        this.host = hostName();
    }

    String next() {
        Instant now = clock.instant();
        String micros = Strings.padStart(Integer.toString(now.getNano() / 1000), MICROS_DIGITS, '0');
        return now.getEpochSecond() + ".M" + micros + "P" + PROCESS + "Q" + COUNT.incrementAndGet() + "." + host;
    }

    private static String hostName() {
        String name;
        try {
            name = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            name = "localhost";
        }
        // A comma or a colon would begin a field, and a slash a folder.
        String safe = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "_");
        return safe.length() > MAX_HOST ? safe.substring(0, MAX_HOST) : safe;
    }
}
