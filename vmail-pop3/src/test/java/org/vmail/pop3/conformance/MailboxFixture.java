package org.vmail.pop3.conformance;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The test account of the server under test, and the way to its mailbox that is not POP3. Transcripts log in as this user,
 * mark and remove messages: never name an account whose mail somebody wants.
 */
public interface MailboxFixture {
    /**
     * The login of the account.
     *
     * @return what USER is given
     */
    String user();

    /**
     * The password of the account.
     *
     * @return what PASS is given; printable ASCII
     */
    String password();

    /**
     * A bearer token of the account (RFC 6750), for OAUTHBEARER and XOAUTH2.
     *
     * @return the token; empty unless overridden, and transcripts with tokens are skipped
     */
    default Optional<String> token() {
        return Optional.empty();
    }

    /**
     * Makes the mailbox hold these messages and no others. Called before each transcript that says what the mailbox holds,
     * while the runner has no connection open.
     *
     * @param messages in the order of their numbers; lines end in CRLF unless the message says otherwise
     * @throws IOException if that is not possible; the run ends
     */
    void reset(List<byte[]> messages) throws IOException;

    /**
     * Whether {@link #reset} works; if not, transcripts that depend on what the mailbox holds are skipped.
     *
     * @return true unless overridden
     */
    default boolean canReset() {
        return true;
    }

    /**
     * Whether {@link #deliver} works; if not, transcripts in which mail arrives are skipped.
     *
     * @return false unless overridden
     */
    default boolean canDeliver() {
        return false;
    }

    /**
     * Adds a message behind the others, possibly while a session has the mailbox open.
     *
     * @param message as for {@link #reset}
     * @throws IOException if that is not possible; the run ends
     */
    default void deliver(byte[] message) throws IOException {
        throw new UnsupportedOperationException("This mailbox takes no message during a session");
    }
}
