package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.base.CharMatcher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.QuotaLimits;

/** Linuxconf's {@code USER.quota} beside the mbox: a number of kilobytes. */
record QuotaFiles(MboxStore.Location location, QuotaLimits others) implements QuotaLimits {
    private static final int MAX_OCTETS = 64;
    private static final int MAX_DIGITS = 15;
    private static final long KILOBYTE = 1024;

    @Override
    public Quota of(MailAddress account) throws IOException {
        Path file = location.of(account).quota();
        String text;
        try {
            if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isRegularFile()) {
                throw new IOException(file + " is not a file; a symbolic link is not followed here");
            }
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                text = new String(in.readNBytes(MAX_OCTETS + 1), US_ASCII);
            }
        } catch (NoSuchFileException e) {
            return others.of(account);
        }
        String number = CharMatcher.anyOf(" \t\r\n").trimFrom(text);
        boolean valid = text.length() <= MAX_OCTETS
                && number.length() <= MAX_DIGITS
                && CharMatcher.inRange('0', '9').matchesAllOf(number);
        if (!valid) {
            throw new IOException(file + " is not a number of kilobytes");
        }
        if (number.isEmpty()) {
            return others.of(account);
        }
        long kilobytes = Long.parseLong(number);
        return kilobytes == 0 ? Quota.UNLIMITED : Quota.ofOctets(kilobytes * KILOBYTE);
    }
}
