package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import java.util.Comparator;
import java.util.OptionalLong;
import org.vmail.mailbox.UniqueId;

/**
 * The file name of a message: a unique part, size fields, and behind a colon the flags.
 *
 * <p>Only the unique part never changes: another program may move the file from new to cur, set flags, and add size fields
 * to a name that has none.
 */
record MessageName(String file) {
    /** Oldest first: by the seconds that a name begins with, then by its microseconds, then by the rest of it. */
    static final Comparator<MessageName> OLDEST_FIRST = Comparator.comparingLong(MessageName::seconds)
            .thenComparingInt(MessageName::microseconds)
            .thenComparing(MessageName::file);

    private static final char FLAGS = ':';
    private static final int MICROSECONDS = 1_000_000;
    private static final String WIRE_SIZE = ",W=";

    UniqueId uniqueId() {
        String unique = uniquePart();
        // A hash is as stable as the name; a prefix keeps it apart from names.
        return new UniqueId(
                UniqueId.isValid(unique) ? unique : "h-" + Hashing.sha256().hashString(unique, UTF_8));
    }

    /** The size with CRLF line ends, if the name tells it. */
    OptionalLong wireOctets() {
        String base = base();
        int field = base.indexOf(WIRE_SIZE);
        if (field < 0) {
            return OptionalLong.empty();
        }
        int start = field + WIRE_SIZE.length();
        int end = base.indexOf(',', start);
        Long octets = Longs.tryParse(base.substring(start, end < 0 ? base.length() : end));
        return octets == null || octets < 0 ? OptionalLong.empty() : OptionalLong.of(octets);
    }

    private String base() {
        int flags = file.indexOf(FLAGS);
        return flags < 0 ? file : file.substring(0, flags);
    }

    private String uniquePart() {
        String base = base();
        int fields = base.indexOf(',');
        return fields <= 0 ? base : base.substring(0, fields);
    }

    private long seconds() {
        int dot = file.indexOf('.');
        Long seconds = dot < 0 ? null : Longs.tryParse(file.substring(0, dot));
        return seconds == null ? Long.MAX_VALUE : seconds;
    }

    /** The number behind the M of the second part, if it has one. Programs other than vmail do not pad it with zeros. */
    private int microseconds() {
        int part = file.indexOf('.') + 1;
        int end = file.indexOf('.', part);
        int letter = file.indexOf('M', part);
        if (letter < 0 || letter > end) {
            return 0;
        }
        int microseconds = 0;
        for (int i = letter + 1; i < end && isDigit(file.charAt(i)) && microseconds < MICROSECONDS; i++) {
            microseconds = 10 * microseconds + file.charAt(i) - '0';
        }
        return microseconds;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
