package org.vmail.pop3.conformance;

import java.util.List;
import java.util.Optional;

/** One line of a transcript: something to do on a connection, or something to expect on it. */
sealed interface Step {
    /** Its line in the file, counted from 1. */
    int line();

    /** Which connection, counted from 1; 0 if none. */
    int connection();

    /** Sends octets; several in a row on one connection are one segment. */
    record Send(int line, int connection, Template octets) implements Step {}

    /** The next line. */
    record Expect(int line, int connection, Template text) implements Step {}

    /** A line that is, or is not, among those up to the next {@link Expect} or {@link ExpectUntil}, in whatever order. */
    record ExpectAmong(int line, int connection, Template text, boolean present) implements Step {}

    /** Any lines, and then this one. */
    record ExpectUntil(int line, int connection, Template text) implements Step {}

    /** All lines of a seed message, as a multi-line reply has them, without the line that ends the reply. */
    record ExpectMessage(int line, int connection, String message) implements Step {}

    /** The end of the connection and no octet before it. */
    record ExpectClose(int line, int connection) implements Step {}

    /** No octet for a while. */
    record ExpectSilence(int line, int connection) implements Step {}

    /** Ends the connection from our side. */
    record End(int line, int connection, Ending how) implements Step {}

    /** How a client can go. */
    enum Ending {
        CLOSES,
        HALF_CLOSES,
        RESETS
    }

    /** Reads the greeting and logs in; again, on a new connection, while the maildrop is still in use. */
    record LogIn(int line, int connection) implements Step {}

    /** A SCRAM-SHA-256 exchange up to the client's proof; what the server answers to that is for the next lines. */
    record Scram(int line, int connection, Template gs2Header, Template user, Template password) implements Step {}

    /** A TLS handshake. */
    record Handshake(int line, int connection, boolean fails, TlsWish wish) implements Step {}

    /** What a client asks for in a handshake; what is empty is left to the JDK. */
    record TlsWish(Optional<String> protocol, Optional<String> alpn, Optional<String> serverName) {}

    /** A message arrives. */
    record Deliver(int line, int connection, String message) implements Step {}

    /** Captured values that all differ. */
    record Distinct(int line, int connection, List<Template> values) implements Step {}
}
