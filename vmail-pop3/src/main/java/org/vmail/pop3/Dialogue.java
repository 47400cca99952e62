package org.vmail.pop3;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.vmail.domain.DomainChoice;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Wire;

/** What the parts of a session share: the client, what it is told, what is waited for, and whether it is over. */
final class Dialogue {
    /** What is done once a pause is over. */
    interface Action {
        void run() throws IOException;
    }

    private record Pause(Duration duration, Action then) {}

    private final Pop3Options options;
    private final ClientConnection connection;
    private final long begun;
    private final Wire wire;
    private final Replies replies;
    private DomainChoice choice;
    private Optional<Pause> pause = Optional.empty();
    private Optional<String> endReason = Optional.empty();
    private int badCommands;

    Dialogue(Pop3Options options, ClientConnection connection, DomainChoice choice, long begun) {
        this.options = options;
        this.connection = connection;
        this.begun = begun;
        this.choice = choice;
        this.wire = new Wire(connection);
        this.replies = new Replies(wire);
    }

    ClientConnection connection() {
        return connection;
    }

    Wire wire() {
        return wire;
    }

    Replies replies() {
        return replies;
    }

    /** What the connection is for. */
    DomainChoice choice() {
        return choice;
    }

    /** TLS has told more about that. */
    void choose(DomainChoice changed) {
        choice = changed;
    }

    /** How long the client has been connected. */
    Duration duration() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    /** The time that is left until the client must have logged in; never negative. */
    Duration timeToLogIn() {
        Duration left = options.loginTimeout().minus(duration());
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** Goes on with something after some time, without a thread. */
    void pause(Duration delay, Action then) throws IOException {
        if (delay.isZero()) {
            then.run();
        } else {
            pause = Optional.of(new Pause(delay, then));
        }
    }

    /** How long it is to be waited, if nothing can be done before. */
    Optional<Duration> pausedFor() {
        return pause.map(Pause::duration);
    }

    /** Goes on behind a pause, if there was one. */
    void resume() throws IOException {
        Optional<Pause> over = pause;
        pause = Optional.empty();
        if (over.isPresent()) {
            over.get().then().run();
        }
    }

    /** Answers what is no command, or is out of place; who has nothing else to say is not listened to for ever. */
    void bad(String text, int most) throws IOException {
        replies.err(text);
        if (++badCommands == most) {
            end("too many bad commands");
        }
    }

    /** The bound of bad commands begins again: in the clear, with TLS, and after the login. */
    void forgetBadCommands() {
        badCommands = 0;
    }

    void end(String reason) {
        endReason = Optional.of(reason);
    }

    boolean isOver() {
        return endReason.isPresent();
    }

    String endReason() {
        return endReason.orElse("the connection broke");
    }
}
