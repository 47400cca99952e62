package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Dovecot writes into a Maildir. Version 3: {@code 3 Vuidvalidity …}, and for each message {@code UID [KeyValue …]
 * :NAME}, where {@code P} is a saved unique-id and {@code G} a GUID other than the name. Version 1, which Courier's IMAP
 * server writes too: {@code 1 UIDVALIDITY NEXT-UID} and {@code UID NAME}. Names are without flags.
 */
record DovecotUidList(UidlFormat format) implements UniqueIdSource {
    static final String FILE = "dovecot-uidlist";

    private static final Pattern VERSION_1 = Pattern.compile("1 ([0-9]{1,10}) [0-9]{1,10}");
    private static final Pattern VERSION_3 = Pattern.compile("3 (?:\\S+ )*?V([0-9]{1,10})(?: .*)?");
    private static final Pattern MESSAGE_1 = Pattern.compile("([0-9]{1,10})() (.+)");
    private static final Pattern MESSAGE_3 = Pattern.compile("([0-9]{1,10})((?: [^ :]\\S*)*) :(.+)");

    OldUniqueIds read(BoundedLines lines) throws IOException {
        String header = lines.next().orElse("");
        Matcher one = VERSION_1.matcher(header);
        Matcher three = VERSION_3.matcher(header);
        if (one.matches()) {
            return read(lines, MESSAGE_1, Long.parseLong(one.group(1)));
        }
        if (three.matches()) {
            return read(lines, MESSAGE_3, Long.parseLong(three.group(1)));
        }
        throw new IOException(lines.file() + " is neither of version 1 nor of version 3");
    }

    private OldUniqueIds read(BoundedLines lines, Pattern form, long validity) throws IOException {
        OldUniqueIds found = new OldUniqueIds();
        for (var line = lines.next(); line.isPresent(); line = lines.next()) {
            Matcher message = form.matcher(line.get());
            if (message.matches()) {
                String name = message.group(3);
                String base = new MessageName(name).base();
                String guid = value(message.group(2), 'G').orElse(base);
                found.add(
                        name,
                        value(message.group(2), 'P')
                                .orElseGet(
                                        () -> format.uniqueId(Long.parseLong(message.group(1)), validity, base, guid)));
            } else {
                found.addDamaged();
            }
        }
        return found;
    }

    private static Optional<String> value(String fields, char key) {
        for (String field : fields.split(" ", -1)) {
            if (field.length() > 1 && field.charAt(0) == key) {
                return Optional.of(field.substring(1));
            }
        }
        return Optional.empty();
    }
}
