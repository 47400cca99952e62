package org.vmail.directory;

import org.vmail.address.MailAddress;

/** One of the places that an alias stands for. */
public sealed interface AliasTarget {
    /**
     * An address, here or elsewhere; it may be another alias.
     *
     * @param address the address
     */
    record Address(MailAddress address) implements AliasTarget {}

    /**
     * Something that cannot be delivered to. It stays in the list, so that mail to the alias waits for the administrator
     * to mend it instead of going back, or to half of the members.
     *
     * @param text what stands in the file
     * @param problem what is wrong with it
     */
    record Unusable(String text, String problem) implements AliasTarget {}
}
