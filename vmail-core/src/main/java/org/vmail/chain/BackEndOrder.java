package org.vmail.chain;

/** Which of several back ends is tried first. The others follow in the order in which they were given. */
public enum BackEndOrder {
    /** The first one that can be reached serves all connections; the others stand by. */
    FIRST_AVAILABLE,
    /** Each connection begins with the next one, so that all have about as many. */
    ROUND_ROBIN
}
