package org.vmail.directory;

import java.util.List;

/** The fields of a shadow(5) line that say until when somebody can log in, in days since 1970. */
final class ShadowDays {
    static final long NEVER = Long.MAX_VALUE;

    private ShadowDays() {}

    /**
     * The last day on which a login is possible. A number that is none locks the account, for nobody can tell what was meant;
     * so does a password that has to be changed at once, because POP3 has no way to ask for a new one.
     *
     * @param fields the nine fields of the line
     */
    static long lastDay(List<String> fields) {
        try {
            long changed = days(fields.get(2), -1);
            long max = days(fields.get(4), NEVER);
            long expires = days(fields.get(7), NEVER);
            if (changed == 0) {
                return -1;
            }
            long passwordEnds = changed < 0 || max >= NEVER - changed ? NEVER : changed + max;
            return Math.min(passwordEnds, expires == NEVER ? NEVER : expires - 1);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static long days(String field, long unset) {
        long days = field.isEmpty() ? unset : Long.parseLong(field);
        return days < 0 ? unset : days;
    }
}
