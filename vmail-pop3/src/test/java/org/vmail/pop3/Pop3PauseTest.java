package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.auth.Authenticator;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ServerOptions;

/** Who guesses has to wait; nobody else does, and no thread waits along. */
class Pop3PauseTest {
    private static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 110);
    private static final ConnectionInfo HERE = ConnectionInfo.plain(LOOPBACK, LOOPBACK);
    private static final Duration FIRST = Duration.ofMillis(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String JOE = "joe@a.example";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private final Events events = new Events();
    private final AtomicInteger asked = new AtomicInteger();
    private final ExecutorService one = Executors.newSingleThreadExecutor();
    /** Two guesses cost next to nothing; the third has to wait for an hour, and whoever is beside it for two. */
    private final LoginThrottle throttle = LoginThrottle.with(
            LoginThrottleOptions.defaults().withPenalties(List.of(FIRST, HOUR, HOUR.multipliedBy(2))));

    @AfterEach
    void shutDown() {
        one.shutdownNow();
    }

    @Test
    void aPenaltyHoldsNoThread() throws Exception {
        Pop3Server server = start(Pop3Fixture.OPTIONS, ServerOptions.defaults().withExecutor(one));
        Pop3Client waiting = penalized(server);

        assertOthersAreServed(server);
        assertThat(penalty()).as("the other still waits").isEqualTo(HOUR.multipliedBy(2));
        waiting.close();
    }

    @Test
    void theFailureDelayHoldsNoThread() throws Exception {
        Pop3Server server = start(
                Pop3Fixture.OPTIONS.withFailureDelay(HOUR),
                ServerOptions.defaults().withExecutor(one));
        Pop3Client guesser = pop3.connect(server);
        guesser.ask("USER " + JOE);
        guesser.raw().sendLine("PASS " + Pop3Fixture.WRONG_PASSWORD);
        await().until(() -> events.names().contains("loginFailed"));

        assertOthersAreServed(server);
    }

    @Test
    void aServerThatClosesEndsAPenaltyWithoutALookAtThePassword() throws Exception {
        Pop3Server server = start(Pop3Fixture.OPTIONS, ServerOptions.defaults());
        Pop3Client guesser = penalized(server);
        server.close();

        assertThat(guesser.raw().readToEnd()).isEmpty();
        assertThat(asked).as("passwords that were looked at").hasValue(2);
        assertThat(events.names()).doesNotContain("loggedIn");
        assertThat(penalty()).as("no attempt is left").isEqualTo(HOUR);
    }

    @Test
    void whoIsDroppedInAPenaltyIsNotLoggedIn() throws Exception {
        Pop3Server server = start(Pop3Fixture.OPTIONS, ServerOptions.defaults().withMaxHalfOpenConnections(1));
        Pop3Client guesser = penalized(server);
        pop3.connect(server);
        assertThat(guesser.raw().readToEnd()).isEmpty();
        await().until(() -> events.names().contains("ended"));

        assertThat(asked).as("passwords that were looked at").hasValue(2);
        assertThat(events.names()).doesNotContain("loggedIn");
        assertThat(penalty()).as("no attempt is left").isEqualTo(HOUR);
    }

    @Test
    void anAttemptOfWhoHangsUpInAPauseEnds() throws Exception {
        Pop3Server server =
                start(Pop3Fixture.OPTIONS.withFailureDelay(Duration.ofMillis(50)), ServerOptions.defaults());
        Pop3Client guesser = pop3.connect(server);
        guesser.ask("USER " + JOE);
        guesser.raw().sendLine("PASS " + Pop3Fixture.WRONG_PASSWORD);
        await().until(() -> events.names().contains("loginFailed"));
        guesser.raw().reset();
        await().until(() -> events.names().contains("ended"));

        assertThat(penalty()).as("no attempt is left").isEqualTo(FIRST);
    }

    /** What an attempt for Joe's account would have to wait now. */
    private Duration penalty() {
        try (LoginThrottle.Attempt next = throttle.begin(HERE)) {
            return next.delayFor(Pop3Fixture.JOE);
        }
    }

    private void assertOthersAreServed(Pop3Server server) throws IOException {
        Pop3Client other = pop3.connect(server);
        assertThat(other.logIn("ann@a.example", Pop3Fixture.HASHED_PASSWORD)).startsWith("+OK");
        assertThat(other.ask("QUIT")).startsWith("+OK");
    }

    /** A client that has guessed twice, waits, and would be right this time. */
    private Pop3Client penalized(Pop3Server server) throws IOException {
        Pop3Client guesser = pop3.connect(server);
        assertThat(guesser.logIn(JOE, Pop3Fixture.WRONG_PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(guesser.logIn(JOE, Pop3Fixture.WRONG_PASSWORD)).startsWith("-ERR [AUTH]");
        guesser.ask("USER " + JOE);
        guesser.raw().sendLine("PASS " + Pop3Fixture.PASSWORD);
        await().until(() -> penalty().equals(HOUR.multipliedBy(2)));
        return guesser;
    }

    private Pop3Server start(Pop3Options options, ServerOptions bounds) throws IOException {
        Authenticator checked = Authenticator.over(pop3.directory);
        return pop3.start(builder -> builder.options(options)
                .serverOptions(bounds)
                .throttle(throttle)
                .listener(events)
                .authenticator((address, password) -> {
                    asked.incrementAndGet();
                    return checked.authenticate(address, password);
                }));
    }
}
