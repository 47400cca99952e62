package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.mailbox.MaildropStore;
import org.vmail.net.ServerOptions;

/** Time, length and number are bounded, and a server ends cleanly. */
class Pop3LimitsTest {
    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @Test
    void aLineMayHaveAllItsOctets() throws IOException {
        Pop3Client client = pop3.connect(withOptions(Pop3Fixture.OPTIONS.withMaxLineOctets(255)));

        assertThat(client.ask("USER " + "x".repeat(255 - 7)))
                .as("RFC 2449, section 4: 255 octets with CRLF")
                .startsWith("+OK");
        assertThat(client.ask("USER " + "x".repeat(256 - 7))).startsWith("-ERR");
        assertThat(client.ask("CAPA x".repeat(2000))).startsWith("-ERR");
        assertThat(client.lines("CAPA")).as("the session goes on").isNotEmpty();
    }

    @Test
    void anEndlessLineEndsTheSession() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        try {
            for (int i = 0; i < 100; i++) {
                client.raw().send("x".repeat(10_000));
            }
        } catch (IOException closedMeanwhile) {
            // As it should.
        }

        assertThat(client.raw().readToEnd()).doesNotContain("+OK");
    }

    @Test
    void badCommandsAreCounted() throws IOException {
        Pop3Client client = pop3.connect(withOptions(Pop3Fixture.OPTIONS.withMaxBadCommandsBeforeLogin(4)));

        for (String bad : List.of("XYZZY", "STAT", "USER", "x".repeat(600))) {
            assertThat(client.ask(bad)).startsWith("-ERR");
        }
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void badCommandsAreCountedAnewAfterTheLogin() throws IOException {
        Pop3Client client = pop3.connect(
                withOptions(Pop3Fixture.OPTIONS.withMaxBadCommandsBeforeLogin(2).withMaxBadCommands(3)));
        client.ask("XYZZY");
        assertThat(client.logIn("joe@a.example", Pop3Fixture.PASSWORD)).startsWith("+OK");

        for (String bad : List.of("XYZZY", "PASS", "x".repeat(600))) {
            assertThat(client.ask(bad)).startsWith("-ERR");
        }
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void whoDoesNotLogInMakesRoomForOthers() throws IOException {
        Pop3Server server = pop3.start(
                builder -> builder.serverOptions(ServerOptions.defaults().withMaxConnections(1)));
        Pop3Client first = pop3.connect(server);
        pop3.logIn(server);

        assertThat(first.raw().readToEnd()).isEmpty();
    }

    @Test
    void whoDoesNotLogInInTimeIsLeftSilently() throws IOException {
        Pop3Client client = pop3.connect(withOptions(Pop3Fixture.OPTIONS.withLoginTimeout(Duration.ofMillis(200))));

        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void commandsDoNotPutOffTheLoginTimeout() throws IOException {
        Pop3Client client = pop3.connect(withOptions(Pop3Fixture.OPTIONS.withLoginTimeout(Duration.ofMillis(200))));

        assertThatThrownBy(() -> {
                    while (true) {
                        client.ask("USER joe");
                    }
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    void anyCommandPutsOffTheAutologout() throws IOException {
        Duration timeout = Duration.ofMillis(500);
        Pop3Client client = pop3.logIn(
                withOptions(Pop3Fixture.OPTIONS.withCommandTimeout(timeout).withLoginTimeout(Duration.ofSeconds(20))));

        for (long end = System.nanoTime() + 2 * timeout.toNanos(); System.nanoTime() < end; ) {
            assertThat(client.ask("NOOP")).as("RFC 1939, section 3").startsWith("+OK");
        }
    }

    @Test
    void theLoginTimeoutEndsWithTheLogin() throws IOException {
        Duration timeout = Duration.ofMillis(500);
        Pop3Client client = pop3.logIn(withOptions(Pop3Fixture.OPTIONS.withLoginTimeout(timeout)));

        for (long end = System.nanoTime() + 2 * timeout.toNanos(); System.nanoTime() < end; ) {
            assertThat(client.ask("NOOP")).startsWith("+OK");
        }
    }

    @Test
    void halfACommandDoesNotPutOffTheAutologout() throws IOException {
        Pop3Client client = pop3.logIn(withOptions(Pop3Fixture.OPTIONS.withCommandTimeout(Duration.ofMillis(200))));
        client.raw().send("NOO");

        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE"})
    void aBrowserIsLeftWithoutAWord(String method) throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        client.raw().send(method + " / HTTP/1.1\r\nHost: pop.a.example\r\n\r\nCAPA\r\nQUIT\r\n");

        assertThat(client.raw().readToEnd()).as("ALPACA").isEmpty();
    }

    @Test
    void aBrowserWithAnEndlessRequestLineGetsNoCommandThrough() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        client.raw()
                .send("POST /" + "x".repeat(2000)
                        + " HTTP/1.1\r\nHost: pop.a.example\r\nContent-Type: text/plain\r\n\r\n" + "CAPA\r\nQUIT\r\n");

        assertThat(client.raw().readToEnd()).as("ALPACA").doesNotContain("+OK");
    }

    @Test
    void closingEndsIdleSessionsAndStopsListening() throws IOException {
        Pop3Server server = pop3.start();
        Pop3Client idle = pop3.connect(server);
        Pop3Client loggedIn = pop3.logIn(server);
        var address = server.boundAddress();
        server.close();
        server.close();

        assertThat(idle.raw().readToEnd()).isEmpty();
        assertThat(loggedIn.raw().readToEnd()).isEmpty();
        assertThat(server.boundAddresses()).isEmpty();
        assertThatThrownBy(() -> Pop3Client.connect(address)).isInstanceOf(IOException.class);
        assertThatThrownBy(server::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingWaitsForTheCommandThatIsCarriedOut() throws Exception {
        Pop3Fixture.deliver(pop3.store, "x\r\n");
        CountDownLatch opening = new CountDownLatch(1);
        CountDownLatch closing = new CountDownLatch(1);
        MaildropStore slow = account -> {
            opening.countDown();
            try {
                closing.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return pop3.store.open(account);
        };
        Pop3Server server = pop3.start(slow, builder -> builder);
        Pop3Client client = pop3.connect(server);
        client.ask("USER joe@a.example");
        client.raw().sendLine("PASS " + Pop3Fixture.PASSWORD);
        opening.await();
        Thread closer = new Thread(server::close);
        closer.start();
        closing.countDown();

        assertThat(client.status()).isEqualTo("+OK maildrop has 1 message (3 octets)");
        assertThat(client.raw().readToEnd()).isEmpty();
        closer.join();
        assertThat(pop3.count()).isEqualTo(1);
    }

    @Test
    void closingDoesNotWaitForTheFailureDelay() throws Exception {
        Pop3Server server = withOptions(Pop3Options.defaults().withFailureDelay(Duration.ofMinutes(5)));
        Pop3Client client = pop3.connect(server);
        client.ask("USER joe@a.example");
        client.raw().sendLine("PASS " + Pop3Fixture.WRONG_PASSWORD);
        await().until(() -> !pop3.log().texts("Login failed").isEmpty());
        server.close();

        assertThat(client.status()).startsWith("-ERR [AUTH]");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void theFailureDelayHoldsTheAnswerBack() throws IOException {
        Duration delay = Duration.ofMillis(300);
        Pop3Client client = pop3.connect(withOptions(Pop3Options.defaults().withFailureDelay(delay)));
        long start = System.nanoTime();
        client.logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD);

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(delay.toNanos());
    }

    @Test
    void whoIsOneTooManyIsToldToTryAgain() throws IOException {
        Pop3Server server = pop3.start(
                builder -> builder.serverOptions(ServerOptions.defaults().withMaxConnections(1)));
        pop3.logIn(server);
        Pop3Client second = pop3.connectSilently(server, 0);

        assertThat(second.status()).startsWith("-ERR [SYS/TEMP] ");
        assertThat(second.raw().readToEnd()).isEmpty();
    }

    @Test
    void aServerNeedsAnAddress() {
        assertThatThrownBy(() -> Pop3Server.builder(pop3.directory, pop3.store).build())
                .isInstanceOf(IllegalStateException.class);
    }

    private Pop3Server withOptions(Pop3Options options) throws IOException {
        return pop3.start(builder -> builder.options(options));
    }
}
