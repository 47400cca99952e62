package org.vmail.domain;

/** What a connection to an address is for while no look-up of that address has succeeded yet. */
public enum UnknownAddress {
    /** Nobody knows: the client is to come again later. */
    REFUSE,
    /** None of the hosted domains: it goes to the next resolver and then to the native daemon. */
    NOT_HOSTED
}
