package org.vmail.examples.server;

/** Exit codes that MTAs understand, from sysexits.h. */
final class Sysexits {
    static final int OK = 0;
    static final int USAGE = 64;
    static final int DATAERR = 65;
    static final int NOUSER = 67;
    static final int UNAVAILABLE = 69;
    static final int SOFTWARE = 70;
    static final int TEMPFAIL = 75;
    static final int CONFIG = 78;

    private Sysexits() {}
}
