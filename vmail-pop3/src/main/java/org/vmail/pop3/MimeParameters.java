package org.vmail.pop3;

import java.util.ArrayList;
import java.util.List;

/** A MIME field without the parameters that ASCII cannot express (RFC 6858, section 2.2). */
final class MimeParameters {
    private MimeParameters() {}

    /** Writes nothing if the value before the parameters is not in ASCII (section 2.4). */
    static void rewrite(String value, FoldedField field) {
        List<String> parts = parts(value);
        if (!FoldedField.isPresentable(parts.get(0))) {
            return;
        }
        StringBuilder kept = new StringBuilder(parts.get(0));
        for (String parameter : parts.subList(1, parts.size())) {
            if (FoldedField.isPresentable(parameter) && !parameter.isBlank()) {
                kept.append("; ").append(parameter.strip());
            }
        }
        field.words(kept.toString());
    }

    /** Splits at semicolons that are not in quotes and not in comments (RFC 2045, section 5.1). */
    private static List<String> parts(String value) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        int at = 0;
        while (at < value.length()) {
            if (value.charAt(at) == ';') {
                parts.add(value.substring(start, at));
                start = at + 1;
            }
            at = Lexemes.end(value, at);
        }
        parts.add(value.substring(start));
        return parts;
    }
}
