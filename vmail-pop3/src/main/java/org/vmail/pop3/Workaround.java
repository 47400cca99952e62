package org.vmail.pop3;

/** What some old clients need and no RFC asks for. The names are those of Dovecot's {@code pop3_client_workarounds}. */
public enum Workaround {
    /** AUTH without an argument lists the mechanisms, as old Outlooks ask, and as RFC 1734 servers answered. */
    BARE_AUTH,
    /** NUL octets in messages are sent as octets 0x80: Outlook stops at a NUL ({@code outlook-no-nuls}). */
    OUTLOOK_NO_NULS,
    /**
     * A message without an empty line behind its header gets one: Outlook Express and Netscape Mail hang without it ({@code
     * oe-ns-eoh}).
     */
    OE_NS_EOH
}
