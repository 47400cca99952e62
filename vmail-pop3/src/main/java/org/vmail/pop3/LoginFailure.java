package org.vmail.pop3;

/** Why somebody could not log in. */
public enum LoginFailure {
    /** There is no such user, the password is wrong, or the account is locked. */
    REJECTED,
    /** The maildrop is open in another session. */
    IN_USE,
    /** The account logged in too short a time ago. */
    TOO_SOON,
    /** The password would have crossed the network in clear text; it was not looked at. */
    CLEAR_TEXT,
    /** The client proved that it knows the password, and broke off before it was logged in: somebody may be trying passwords. */
    ABANDONED,
    /** It could not be told, because something that is asked for it does not work now. */
    UNAVAILABLE
}
