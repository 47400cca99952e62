package org.vmail.mailbox.mbox;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Longs;
import java.util.HexFormat;
import java.util.Locale;
import org.vmail.mailbox.UniqueId;

/** 128 bits of a digest of what stays of a message while programs keep the file it is in. */
record Fingerprint(long high, long low) {
    private static final int HEX_DIGITS = 32;

    static Fingerprint of(byte[] digest) {
        return new Fingerprint(
                Longs.fromByteArray(digest),
                Longs.fromBytes(
                        digest[8], digest[9], digest[10], digest[11], digest[12], digest[13], digest[14], digest[15]));
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws IllegalArgumentException if it did not
     */
    static Fingerprint parse(String text) {
        checkArgument(text.length() == HEX_DIGITS, "Not a fingerprint");
        return new Fingerprint(
                HexFormat.fromHexDigitsToLong(text, 0, 16), HexFormat.fromHexDigitsToLong(text, 16, HEX_DIGITS));
    }

    /** The unique-id of one of several messages with this fingerprint; the first has number 1. */
    UniqueId uniqueId(int number) {
        return new UniqueId(number == 1 ? toString() : this + "-" + number);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%016x%016x", high, low);
    }
}
