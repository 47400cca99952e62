package org.vmail.examples.server;

import org.vmail.delivery.EnhancedStatus;

/** Why a message was delivered to nobody, for the MTA that wanted it to be. */
final class DeliveryFailure extends Exception {
    private static final long serialVersionUID = 1;

    /** Something here is not set up as it should be: not the message's fault, so it waits until somebody has mended it. */
    static final EnhancedStatus MISCONFIGURED = EnhancedStatus.MISCONFIGURED;

    private final int exitCode;
    private final transient EnhancedStatus status;

    private DeliveryFailure(int exitCode, EnhancedStatus status, String text) {
        super(text);
        this.exitCode = exitCode;
        this.status = status;
    }

    /** For a person at the command line, who has named nobody whose mail could be lost. */
    static DeliveryFailure usage(String text) {
        return new DeliveryFailure(Sysexits.USAGE, new EnhancedStatus(5, 3, 5), text);
    }

    /** The message will never be deliverable. */
    static DeliveryFailure badData(EnhancedStatus status, String text) {
        return new DeliveryFailure(Sysexits.DATAERR, status, text);
    }

    /** The message waits. */
    static DeliveryFailure temporary(EnhancedStatus status, String text) {
        return new DeliveryFailure(Sysexits.TEMPFAIL, status, text);
    }

    int exitCode() {
        return exitCode;
    }

    EnhancedStatus status() {
        return status;
    }
}
