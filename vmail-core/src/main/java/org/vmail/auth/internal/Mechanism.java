package org.vmail.auth.internal;

import java.io.IOException;
import java.util.Optional;

/** The server's side of one mechanism, with what it has heard so far. Called until it gives something but a challenge. */
interface Mechanism {
    /** The challenge before any response. */
    default byte[] prompt() {
        return new byte[0];
    }

    SaslStep respond(byte[] response) throws IOException;

    /** The rejection that is decided though the mechanism has something to say before. */
    default Optional<LoginResult.Rejected> rejection() {
        return Optional.empty();
    }
}
