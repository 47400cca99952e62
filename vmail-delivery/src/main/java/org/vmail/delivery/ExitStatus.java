package org.vmail.delivery;

/** What the exit status of a program means, as sysexits.h has it. */
final class ExitStatus {
    static final int TEMPFAIL = 75;

    /** A value that a stranger chose could be taken for an option. */
    static final Outcome.Refused BAD_ARGUMENT =
            new Outcome.Refused(new EnhancedStatus(5, 1, 0), "the sender or recipient address cannot be used here");

    private static final int OK = 0;
    private static final int DATAERR = 65;
    private static final int NOUSER = 67;
    private static final int NOHOST = 68;
    private static final int UNAVAILABLE = 69;
    private static final int NOPERM = 77;

    private ExitStatus() {}

    /** Only what is surely the message's or the recipient's fault is final; the rest is ours, or the program's. */
    static Outcome outcome(int status) {
        return switch (status) {
            case OK -> new Outcome.Accepted();
            case DATAERR -> refused(new EnhancedStatus(5, 6, 0), "the message is not acceptable");
            case NOUSER -> refused(EnhancedStatus.UNKNOWN_USER, "there is no such user here");
            case NOHOST -> refused(EnhancedStatus.UNKNOWN_DOMAIN, "the host is unknown");
            case UNAVAILABLE -> refused(new EnhancedStatus(5, 3, 0), "the message cannot be delivered");
            case NOPERM -> refused(new EnhancedStatus(5, 7, 0), "the message is not permitted");
            default -> new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "the message cannot be delivered now");
        };
    }

    private static Outcome refused(EnhancedStatus status, String text) {
        return new Outcome.Refused(status, text);
    }
}
