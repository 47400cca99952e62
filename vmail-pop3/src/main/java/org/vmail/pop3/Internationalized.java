package org.vmail.pop3;

/**
 * What a client that did not say UTF8 gets for a message whose header is in UTF-8 (RFC 6856, section 2; RFC 6532).
 */
public enum Internationalized {
    /** A surrogate with an ASCII header, in which what cannot be said in ASCII is encoded or left out (RFC 6858). */
    SURROGATE,
    /** An error with the code {@code [UTF8]}: the message stays where it is, for another client. */
    REFUSE,
    /** The message as it is, as if there were no RFC 6856. */
    AS_IS
}
