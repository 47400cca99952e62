package org.vmail.mailbox.mbox;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The date of a From line: asctime(3), as RFC 4155 has it, without seconds or with a zone before or behind the year, as other
 * programs write it.
 */
final class FromLineDate {
    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
    private static final String ZONE = "[A-Za-z]{1,5}|[+-]\\d{4}";
    private static final Pattern DATE =
            Pattern.compile("\\s([A-Z][a-z]{2})\\s+(\\d{1,2})\\s+(\\d{1,2}):(\\d{2})(?::(\\d{2}))?" + "(?:\\s+(" + ZONE
                    + "))?\\s+(\\d{4})(?:\\s+(" + ZONE + "))?\\s*$");

    private FromLineDate() {}

    /**
     * Reads the date.
     *
     * @param line the whole line
     * @param usual the zone if the line has none that is known
     */
    static Optional<Instant> of(String line, ZoneId usual) {
        Matcher parts = DATE.matcher(line);
        if (!parts.find()) {
            return Optional.empty();
        }
        int month = MONTHS.indexOf(parts.group(1).toLowerCase(Locale.ROOT)) + 1;
        String seconds = parts.group(5) == null ? "0" : parts.group(5);
        try {
            LocalDateTime time = LocalDateTime.of(
                    Integer.parseInt(parts.group(7)),
                    month,
                    Integer.parseInt(parts.group(2)),
                    Integer.parseInt(parts.group(3)),
                    Integer.parseInt(parts.group(4)),
                    Math.min(59, Integer.parseInt(seconds)));
            String zone = parts.group(6) == null ? parts.group(8) : parts.group(6);
            return Optional.of(time.atZone(zone(zone, usual)).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Letters are ambiguous, but for those of UTC; a program on this machine meant the usual zone by them. */
    private static ZoneId zone(@Nullable String text, ZoneId usual) {
        if (text == null) {
            return usual;
        }
        if (text.equals("UTC") || text.equals("GMT")) {
            return ZoneOffset.UTC;
        }
        return Character.isLetter(text.charAt(0)) ? usual : ZoneOffset.of(text);
    }
}
