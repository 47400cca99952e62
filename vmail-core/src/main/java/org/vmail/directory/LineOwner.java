package org.vmail.directory;

import org.vmail.address.MailAddress;

/**
 * Whom lines {@code NAME:…} belong to.
 *
 * @param user the account, in lower case
 */
record LineOwner(MailAddress user) {
    /** Whether it is his line, in whatever case and Unicode form. */
    boolean has(String line) {
        int colon = line.indexOf(':');
        if (colon < 0 || line.startsWith("#")) {
            return false;
        }
        try {
            return new MailAddress(line.substring(0, colon).strip(), user.domain())
                    .toLowerCase()
                    .equals(user);
        } catch (IllegalArgumentException nobodys) {
            return false;
        }
    }
}
