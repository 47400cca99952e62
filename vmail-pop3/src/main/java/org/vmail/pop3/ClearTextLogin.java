package org.vmail.pop3;

/** Where a password may cross the network in clear text (RFC 8314, section 3). */
public enum ClearTextLogin {
    /** Nowhere: every login that shows its password needs TLS. */
    NEVER,
    /** Between programs of one machine; from elsewhere it needs TLS. */
    LOOPBACK,
    /** Everywhere. Whoever can listen in learns the passwords. */
    ALWAYS
}
