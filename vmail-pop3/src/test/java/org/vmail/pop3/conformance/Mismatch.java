package org.vmail.pop3.conformance;

/** The server did something else than the transcript says. The message tells what, for a person who reads the transcript. */
final class Mismatch extends Exception {
    private static final long serialVersionUID = 1L;

    Mismatch(String came) {
        super(came);
    }
}
