package org.vmail.net.internal;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** What is said on one connection. Run by one thread at a time, not always the same one. */
public interface Conversation {
    /**
     * Goes on until the conversation ends, or until it has nothing to do for some time, such as one with a client that
     * guesses passwords: such a pause holds no thread.
     *
     * @return how long to wait before this is called again, or empty if the conversation has ended
     * @throws IOException if the connection broke
     */
    Optional<Duration> proceed() throws IOException;

    /**
     * Called once, when the conversation has ended, whether by itself, with an exception, or because it was never gone on
     * with after a pause. The connection is closed afterwards.
     *
     * @throws IOException if something could not be released
     */
    void end() throws IOException;
}
