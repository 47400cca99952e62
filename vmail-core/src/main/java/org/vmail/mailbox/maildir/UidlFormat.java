package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.BaseEncoding;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Dovecot's pop3_uidl_format. */
record UidlFormat(List<Part> parts) {
    /** Longer ones make unique-ids that are longer than 70 characters. */
    private static final int MAX_WIDTH = 99;

    private static final Pattern PART = Pattern.compile("%%|%(0?)([0-9]{0,2})([LUXM]*)([uvfg])|[^%]+");

    /**
     * A part of the format.
     *
     * @param text what stands for itself; the rest counts if it is empty
     * @param padded with zeros to the width, else cut to it
     * @param width 0 if there is none
     * @param modifiers in the order in which they are applied
     */
    record Part(String text, boolean padded, int width, String modifiers, char variable) {}

    static UidlFormat of(String format) {
        List<Part> parts = new ArrayList<>();
        Matcher part = PART.matcher(format);
        int end = 0;
        while (part.find() && part.start() == end) {
            end = part.end();
            if (part.group(4) == null) {
                parts.add(new Part(part.group().equals("%%") ? "%" : part.group(), false, 0, "", ' '));
            } else {
                int width = part.group(2).isEmpty() ? 0 : Integer.parseInt(part.group(2));
                parts.add(new Part(
                        "",
                        !part.group(1).isEmpty(),
                        width,
                        part.group(3),
                        part.group(4).charAt(0)));
            }
        }
        if (end != format.length() || format.isEmpty()) {
            throw new IllegalArgumentException("The UIDL format '" + format + "' is not understood from character "
                    + (end + 1) + " on: %u, %v, %f and %g are, with a width of up to " + MAX_WIDTH
                    + " and the modifiers L, U, X and M");
        }
        return new UidlFormat(List.copyOf(parts));
    }

    String uniqueId(long uid, long validity, String base, String guid) {
        StringBuilder id = new StringBuilder();
        for (Part part : parts) {
            String value = switch (part.variable()) {
                case 'u' -> Long.toString(uid);
                case 'v' -> Long.toString(validity);
                case 'f' -> base;
                case 'g' -> guid;
                default -> part.text();
            };
            for (int i = 0; i < part.modifiers().length(); i++) {
                value = modified(value, part.modifiers().charAt(i));
            }
            id.append(part.width() == 0 ? value : fitted(value, part));
        }
        return id.toString();
    }

    private static String fitted(String value, Part part) {
        return part.padded()
                ? "0".repeat(Math.max(0, part.width() - value.length())) + value
                : value.substring(0, Math.min(part.width(), value.length()));
    }

    private static String modified(String value, char modifier) {
        return switch (modifier) {
            case 'L' -> value.toLowerCase(Locale.ROOT);
            case 'U' -> value.toUpperCase(Locale.ROOT);
            case 'X' -> hexadecimal(value);
            default -> md5(value);
        };
    }

    /** What is no number is 0, as it is for Dovecot. */
    private static String hexadecimal(String value) {
        return value.matches("[0-9]{1,18}") ? Long.toHexString(Long.parseLong(value)) : "0";
    }

    private static String md5(String value) {
        try {
            return BaseEncoding.base16()
                    .lowerCase()
                    .encode(MessageDigest.getInstance("MD5").digest(value.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has MD5", e);
        }
    }
}
