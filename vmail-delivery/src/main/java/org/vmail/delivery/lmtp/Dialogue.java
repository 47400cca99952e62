package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Wire;

/** What goes back and forth on a connection, until it is over. */
final class Dialogue {
    private static final Logger LOG = LoggerFactory.getLogger(Dialogue.class);

    private final int maxFaults;
    private final ClientConnection connection;
    private final Wire wire;
    private Optional<String> ended = Optional.empty();
    private int faults;

    Dialogue(LmtpOptions options, ClientConnection connection) {
        this.maxFaults = options.maxBadCommands();
        this.connection = connection;
        this.wire = new Wire(connection);
    }

    ClientConnection connection() {
        return connection;
    }

    Wire wire() {
        return wire;
    }

    /** UTF-8 stands in a reply only where the client has asked for SMTPUTF8 (RFC 6531, section 3.7.4.2). */
    void reply(Reply reply) throws IOException {
        wire.write((reply.line() + "\r\n").getBytes(UTF_8));
        if (reply.isFault() && ++faults == maxFaults) {
            wire.writeLine("421 4.7.0 too many bad commands");
            end("too many bad commands");
        }
    }

    void reply(String line) throws IOException {
        reply(new Reply(line));
    }

    void forgetFaults() {
        faults = 0;
    }

    boolean isOver() {
        return ended.isPresent();
    }

    Optional<String> ended() {
        return ended;
    }

    /** Nothing more is read. */
    void end(String reason) {
        ended = Optional.of(reason);
    }

    /** The client is told before it is left, if it is still there (RFC 5321, section 3.8). */
    void leave(Wire.EndReason reason) throws IOException {
        end(reason.toString());
        switch (reason) {
            case TIMED_OUT -> reply("421 4.4.2 timed out");
            case STOPPING -> reply("421 4.3.2 the server is closing, try again later");
            case FLOODED -> reply("421 4.5.0 endless line");
            case CLOSED -> LOG.debug("The client has closed");
        }
    }
}
