package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages are removed by QUIT and by nothing else (RFC 1939, section 6). */
class Pop3UpdateTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nx\r\n";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @Test
    void quitRemovesWhatIsMarkedAndNothingElse() throws IOException {
        Pop3Client client = pop3.logInWith("1\r\n", "22\r\n", "333\r\n");
        client.ask("DELE 1");
        client.ask("DELE 3");

        assertThat(client.ask("QUIT")).as("RFC 1939, section 6").startsWith("+OK");
        assertThat(client.raw().readToEnd()).isEmpty();
        assertThat(pop3.logIn(pop3.start()).message("RETR 1")).isEqualTo("22\r\n");
        assertThat(pop3.log().texts("removed=2")).hasSize(1);
    }

    @Test
    void rsetUnmarksWhatQuitWouldRemove() throws IOException {
        Pop3Client client = pop3.logInWith(MESSAGE, MESSAGE);
        client.ask("DELE 1");
        client.ask("RSET");
        client.ask("DELE 2");
        client.ask("QUIT");

        assertThat(pop3.count()).isEqualTo(1);
    }

    @Test
    void aClientThatClosesRemovesNothing() throws IOException {
        Pop3Client client = markedAll(pop3.start());
        client.close();

        assertNothingWasRemoved();
    }

    @Test
    void aClientThatHalfClosesRemovesNothing() throws IOException {
        Pop3Client client = markedAll(pop3.start());
        client.raw().shutdownOutput();

        assertThat(client.raw().readToEnd()).isEmpty();
        assertNothingWasRemoved();
    }

    @Test
    void aResetRemovesNothing() throws IOException {
        markedAll(pop3.start()).raw().reset();

        assertNothingWasRemoved();
    }

    @Test
    void aQuitWithoutLineEndRemovesNothing() throws IOException {
        Pop3Client client = markedAll(pop3.start());
        client.raw().send("QUIT");
        client.raw().shutdownOutput();

        assertThat(client.raw().readToEnd()).isEmpty();
        assertNothingWasRemoved();
    }

    @Test
    void anAutologoutRemovesNothingAndIsSilent() throws IOException {
        Pop3Server server =
                pop3.start(builder -> builder.options(Pop3Fixture.OPTIONS.withCommandTimeout(Duration.ofMillis(200))));
        Pop3Client client = markedAll(server);

        assertThat(client.raw().readToEnd())
                .as("RFC 1939, section 3: close without sending any response")
                .isEmpty();
        assertNothingWasRemoved();
        assertThat(pop3.log().texts("end=[the client was idle for too long]")).hasSize(1);
    }

    @Test
    void aServerThatClosesRemovesNothing() throws IOException {
        Pop3Server server = pop3.start();
        Pop3Client client = markedAll(server);
        server.close();

        assertThat(client.raw().readToEnd()).isEmpty();
        assertNothingWasRemoved();
    }

    @Test
    void tooManyBadCommandsRemoveNothing() throws IOException {
        Pop3Server server = pop3.start(builder -> builder.options(Pop3Fixture.OPTIONS.withMaxBadCommands(1)));
        Pop3Client client = markedAll(server);

        assertThat(client.ask("XYZZY")).startsWith("-ERR");
        assertThat(client.raw().readToEnd()).isEmpty();
        assertNothingWasRemoved();
    }

    @Test
    void aQuitWithAnArgumentRemovesNothing() throws IOException {
        Pop3Client client = markedAll(pop3.start());

        assertThat(client.ask("QUIT now")).startsWith("-ERR");
        client.close();
        assertNothingWasRemoved();
    }

    private Pop3Client markedAll(Pop3Server server) throws IOException {
        Pop3Fixture.deliver(pop3.store, MESSAGE, MESSAGE);
        Pop3Client client = pop3.logIn(server);
        assertThat(client.ask("DELE 1")).startsWith("+OK");
        assertThat(client.ask("DELE 2")).startsWith("+OK");
        return client;
    }

    private void assertNothingWasRemoved() throws IOException {
        await().until(() -> !pop3.log().texts("Session ended").isEmpty());
        assertThat(pop3.count()).as("RFC 1939, section 6").isEqualTo(2);
    }
}
