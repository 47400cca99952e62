package org.vmail.delivery.lmtp;

import com.google.common.base.Ascii;
import com.google.common.primitives.Longs;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What BDAT says (RFC 3030, section 2).
 *
 * @param octets how many of them follow
 * @param last whether the message ends behind them
 */
record ChunkArgument(long octets, boolean last) {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,20})(?: +(LAST))?");

    /** Reads an argument, or returns empty if it does not tell where the chunk ends. */
    static Optional<ChunkArgument> parse(String argument) {
        Matcher form = FORM.matcher(Ascii.toUpperCase(argument));
        if (!form.matches()) {
            return Optional.empty();
        }
        Long octets = Longs.tryParse(form.group(1));
        return octets == null ? Optional.empty() : Optional.of(new ChunkArgument(octets, form.group(2) != null));
    }
}
