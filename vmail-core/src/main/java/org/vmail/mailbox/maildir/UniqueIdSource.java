package org.vmail.mailbox.maildir;

/**
 * Where the unique-ids are that another POP3 server gave to the messages of a Maildir. Used once, when mailboxes move to
 * vmail, so that clients which leave mail on the server do not fetch all of it again.
 */
public sealed interface UniqueIdSource permits DovecotUidList, CourierPop3List, BaseNames {
    /**
     * Dovecot with its default {@code pop3_uidl_format}, {@code %08Xu%08Xv}.
     *
     * @return the source
     */
    static UniqueIdSource dovecot() {
        return dovecot("%08Xu%08Xv");
    }

    /**
     * Dovecot: {@code dovecot-uidlist}, version 1 or 3. A unique-id that Dovecot saved there ({@code pop3_save_uidl}) is
     * taken as it is.
     *
     * @param uidlFormat the value of {@code pop3_uidl_format}: any text, and {@code %u} (UID), {@code %v} (UIDVALIDITY),
     *     {@code %f} (file name without flags), {@code %g} (GUID), {@code %%}; between percent sign and letter a width, with
     *     zeros in front or cut, and the modifiers {@code L} and {@code U} (case), {@code X} (hexadecimal) and {@code M}
     *     (MD5)
     * @return the source
     * @throws IllegalArgumentException if there is anything else in the format
     */
    static UniqueIdSource dovecot(String uidlFormat) {
        return new DovecotUidList(UidlFormat.of(uidlFormat));
    }

    /**
     * Courier: {@code courierpop3dsizelist}, version 3.
     *
     * @return the source
     */
    static UniqueIdSource courier() {
        return new CourierPop3List();
    }

    /**
     * qmail-pop3d, and servers that do the same: the unique-id is the file name without its flags, but with size fields.
     *
     * @return the source
     */
    static UniqueIdSource baseNames() {
        return new BaseNames();
    }
}
