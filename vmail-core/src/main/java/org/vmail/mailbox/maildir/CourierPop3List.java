package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What courierpop3d writes into a Maildir: {@code /3 NEXT-UID UIDVALIDITY}, and for each message {@code NAME SIZE
 * UID:UIDVALIDITY:UTF8}. It sends {@code UIDuid-uidvalidity}; without a UIDVALIDITY {@code UIDuid}; and where the UID is 0,
 * because the message is older than such lists, the name up to the colon with some characters in hexadecimal.
 */
record CourierPop3List() implements UniqueIdSource {
    static final String FILE = "courierpop3dsizelist";

    private static final Pattern HEADER = Pattern.compile("/3 [0-9]{1,20} [0-9]{1,20}");
    private static final Pattern MESSAGE = Pattern.compile("(.+) [0-9]{1,20} ([0-9]{1,20}):([0-9]{1,20})(:.*)?");

    static OldUniqueIds read(BoundedLines lines) throws IOException {
        if (!HEADER.matcher(lines.next().orElse("")).matches()) {
            throw new IOException(lines.file() + " is not of version 3");
        }
        OldUniqueIds found = new OldUniqueIds();
        for (var line = lines.next(); line.isPresent(); line = lines.next()) {
            Matcher message = MESSAGE.matcher(line.get());
            if (message.matches()) {
                found.add(message.group(1), sent(message.group(1), message.group(2), message.group(3)));
            } else {
                found.addDamaged();
            }
        }
        return found;
    }

    private static String sent(String name, String uid, String validity) {
        if (isZero(uid)) {
            return escaped(new MessageName(name).base());
        }
        return isZero(validity) ? "UID" + uid : "UID" + uid + '-' + validity;
    }

    private static boolean isZero(String number) {
        return number.chars().allMatch(digit -> digit == '0');
    }

    private static String escaped(String base) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < base.length(); i++) {
            char c = base.charAt(i);
            if (c <= ' ' || c > '~' || c == '+' || c == '"' || c == '\'') {
                escaped.append('+').append(String.format(Locale.ROOT, "%02X", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
