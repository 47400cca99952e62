package org.vmail.delivery.relay;

/** What an administrator can have done with a message that waits in a spool. */
public enum SpoolAction {
    /** It is tried now, and not only when its time has come. */
    RETRY,
    /** It is given up: its sender gets a report for everybody who has not got it. */
    RETURN,
    /** It is removed, and nobody is told. */
    DROP
}
