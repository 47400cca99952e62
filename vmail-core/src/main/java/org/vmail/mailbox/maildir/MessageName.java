package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import java.util.Comparator;
import java.util.OptionalLong;
import org.vmail.mailbox.UniqueId;

/**
 * The file name of a message: a unique part, size fields, and behind a colon the flags. Read once, for it is compared many
 * times.
 *
 * <p>Only the unique part never changes: another program may move the file from new to cur, set flags, and add size fields
 * to a name that has none.
 */
final class MessageName {
    /** Oldest first: by the seconds that a name begins with, then by its microseconds, then by the unique part. */
    static final Comparator<MessageName> OLDEST_FIRST = MessageName::compareAge;

    private static final char FLAGS = ':';
    private static final char FIELD = ',';
    private static final int MICROSECONDS = 1_000_000;
    /** More than a million, for clocks that count a million microseconds and more in a second. */
    private static final int MICROSECOND_BITS = 24;

    private static final long MAX_SECONDS = Long.MAX_VALUE >> (MICROSECOND_BITS + 1);
    private static final String WIRE_SIZE = ",W=";
    private static final String STORED_SIZE = ",S=";
    /** So many digits are always a long. */
    private static final int MAX_DIGITS = 18;

    private final String file;
    private final int uniqueEnd;
    /** The seconds and microseconds in one number that grows with them; a name without a time comes last. */
    private final long age;

    private final long wireOctets;

    MessageName(String file) {
        this.file = file;
        int flags = file.indexOf(FLAGS);
        int baseEnd = flags < 0 ? file.length() : flags;
        int fields = file.indexOf(FIELD);
        this.uniqueEnd = fields <= 0 || fields > baseEnd ? baseEnd : fields;
        int dot = file.indexOf('.');
        long seconds = dot < 0 || dot >= uniqueEnd ? -1 : number(0, dot);
        this.age = seconds < 0 || seconds > MAX_SECONDS
                ? Long.MAX_VALUE
                : (seconds << MICROSECOND_BITS) + microseconds(dot + 1);
        this.wireOctets = size(WIRE_SIZE, baseEnd);
    }

    /** All of it. */
    String file() {
        return file;
    }

    /** What never changes. */
    String uniquePart() {
        return file.substring(0, uniqueEnd);
    }

    /** All but the flags. */
    String base() {
        int flags = file.indexOf(FLAGS);
        return flags < 0 ? file : file.substring(0, flags);
    }

    boolean sameMessage(MessageName other) {
        return age == other.age && uniqueEnd == other.uniqueEnd && file.regionMatches(0, other.file, 0, uniqueEnd);
    }

    UniqueId uniqueId() {
        String unique = uniquePart();
        return UniqueId.isValid(unique) ? new UniqueId(unique) : hashedId(unique);
    }

    /** A hash is as stable as the name; a prefix keeps it apart from names. */
    static UniqueId hashedId(String unique) {
        return new UniqueId("h-" + Hashing.sha256().hashString(unique, UTF_8));
    }

    /** The size with CRLF line ends, if the name tells it. */
    OptionalLong wireOctets() {
        return wireOctets < 0 ? OptionalLong.empty() : OptionalLong.of(wireOctets);
    }

    /** The size of the file, or -1 if the name does not tell it. */
    long storedOctets() {
        return size(STORED_SIZE, base().length());
    }

    private long size(String name, int baseEnd) {
        int field = file.indexOf(name);
        if (field < 0 || field >= baseEnd) {
            return -1;
        }
        int start = field + name.length();
        int end = file.indexOf(FIELD, start);
        return number(start, end < 0 || end > baseEnd ? baseEnd : end);
    }

    /** The number behind the M of the second part, if it has one. Programs other than vmail do not pad it with zeros. */
    private int microseconds(int part) {
        int end = file.indexOf('.', part);
        int letter = file.indexOf('M', part);
        if (letter < 0 || letter > end || end > uniqueEnd) {
            return 0;
        }
        int value = 0;
        for (int i = letter + 1; i < end && isDigit(file.charAt(i)) && value < MICROSECONDS; i++) {
            value = 10 * value + file.charAt(i) - '0';
        }
        return value;
    }

    /** What the digits from start to end say, or -1 if they are none, or too many. */
    private long number(int start, int end) {
        if (end <= start || end - start > MAX_DIGITS) {
            return -1;
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            char digit = file.charAt(i);
            if (!isDigit(digit)) {
                return -1;
            }
            value = 10 * value + digit - '0';
        }
        return value;
    }

    private int compareAge(MessageName other) {
        return age != other.age ? Long.compare(age, other.age) : compareUniqueParts(other);
    }

    private int compareUniqueParts(MessageName other) {
        int common = Math.min(uniqueEnd, other.uniqueEnd);
        for (int i = 0; i < common; i++) {
            int difference = file.charAt(i) - other.file.charAt(i);
            if (difference != 0) {
                return difference;
            }
        }
        return Integer.compare(uniqueEnd, other.uniqueEnd);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
