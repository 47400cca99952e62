package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainResolver;
import org.vmail.mailbox.OpenResult;

/** USER and PASS (RFC 1939, section 7; RFC 2449, section 8; RFC 3206). */
class Pop3AuthorizationTest {
    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @Test
    void passAnswersWhatTheMaildropHolds() throws IOException {
        Pop3Fixture.deliver(pop3.store, "x\r\n", "yy\r\n");

        assertThat(pop3.connect(pop3.start()).logIn("joe@a.example", Pop3Fixture.PASSWORD))
                .isEqualTo("+OK maildrop has 2 messages (7 octets)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"two words", " leading", "trailing ", "  ", "p\u00e4ssw\u00f6rd \u20ac", "PASS x", "a:b%s\\{}"})
    void aPasswordIsAllThatFollowsTheSpace(String password) throws IOException {
        Directory directory =
                Directory.inMemory().account("joe@a.example", password).build();
        Pop3Server server = pop3.startBare(Pop3Server.builder(directory, pop3.store), Pop3Fixture::onLoopback);
        String octets = new String(password.getBytes(UTF_8), ISO_8859_1);

        assertThat(pop3.connect(server).logIn("joe@a.example", octets))
                .as("RFC 1939, section 7, PASS: spaces are part of the password; RFC 6856, section 2.2: UTF-8")
                .startsWith("+OK");
        assertThat(pop3.connect(server).logIn("joe@a.example", octets + "x")).startsWith("-ERR [AUTH]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PASS", "PASS "})
    void anEmptyPasswordIsAWrongOne(String command) throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        client.ask("USER joe@a.example");

        assertThat(client.ask(command)).startsWith("-ERR [AUTH]");
    }

    @Test
    void aHashedPasswordIsChecked() throws IOException {
        Pop3Server server = pop3.start();

        assertThat(pop3.connect(server).logIn("ann@a.example", Pop3Fixture.HASHED_PASSWORD))
                .startsWith("+OK");
        assertThat(pop3.connect(server).logIn("ann@a.example", Pop3Fixture.WRONG_PASSWORD))
                .startsWith("-ERR [AUTH]");
        assertThat(pop3.connect(server).logIn("ann@a.example", Pop3Fixture.HASH.encoded()))
                .as("the hash is not a password")
                .startsWith("-ERR [AUTH]");
    }

    @Test
    void everyFailureSoundsTheSame() throws IOException {
        Pop3Server server = pop3.start();
        String wrong = pop3.connect(server).logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD);

        assertThat(wrong).as("RFC 3206, section 5").startsWith("-ERR [AUTH] ");
        for (String login : List.of(
                "nobody@a.example",
                "joe@elsewhere.example",
                "locked@a.example",
                "joe",
                "joe@",
                "@a.example",
                "../joe@a.example",
                "joe@..",
                "%n%s{}",
                "\u00c3\u00bf\u00c3\u00be@a.example",
                "x".repeat(300))) {
            assertThat(pop3.connect(server).logIn(login, Pop3Fixture.PASSWORD))
                    .as("not told apart: %s", login)
                    .isEqualTo(wrong);
        }
    }

    @Test
    void aNameThatIsNotUtf8IsRefused() throws IOException {
        assertThat(pop3.connect(pop3.start()).ask("USER \u00ff\u00fe@a.example"))
                .as("RFC 6856, section 2.2")
                .startsWith("-ERR ");
    }

    @Test
    void userTellsNobodyWhoExists() throws IOException {
        Pop3Server server = pop3.start();

        assertThat(pop3.connect(server).ask("USER nobody@a.example"))
                .isEqualTo(pop3.connect(server).ask("USER joe@a.example"));
    }

    @Test
    void passNeedsANewUserAfterAFailure() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        client.logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD);

        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD))
                .as("RFC 1939, section 7, PASS: only after a successful USER")
                .startsWith("-ERR");
        assertThat(client.logIn("joe@a.example", Pop3Fixture.PASSWORD)).startsWith("+OK");
    }

    @Test
    void passNeedsASuccessfulUser() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        client.ask("USER joe@a.example");

        assertThat(client.ask("USER")).startsWith("-ERR");
        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD))
                .as("RFC 1939, section 7, PASS: only after a successful USER")
                .startsWith("-ERR");
    }

    @Test
    void theLastUserCounts() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        client.ask("USER ann@a.example");

        assertThat(client.logIn("joe@a.example", Pop3Fixture.PASSWORD)).startsWith("+OK");
    }

    @Test
    void caseOfTheLoginDoesNotMatter() throws IOException {
        Pop3Fixture.deliver(pop3.store, "x\r\n");

        assertThat(pop3.connect(pop3.start()).logIn("JOE@A.Example", Pop3Fixture.PASSWORD))
                .startsWith("+OK maildrop has 1 ");
    }

    @Test
    void aMaildropIsOpenInOneSessionOnly() throws IOException {
        Pop3Server server = pop3.start();
        Pop3Client first = pop3.logIn(server);
        Pop3Client second = pop3.connect(server);

        assertThat(second.logIn("joe@a.example", Pop3Fixture.PASSWORD))
                .as("RFC 2449, section 8.1.2")
                .startsWith("-ERR [IN-USE] ");
        assertThat(second.logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD))
                .as("who has no password does not learn that")
                .startsWith("-ERR [AUTH] ");
        assertThat(second.logIn("ann@a.example", Pop3Fixture.HASHED_PASSWORD))
                .as("others are not concerned")
                .startsWith("+OK");
        assertThat(first.ask("QUIT")).startsWith("+OK");
        assertThat(pop3.logIn(server).ask("STAT")).startsWith("+OK");
    }

    @Test
    void theLockIsReleasedBeforeTheReplyToQuit() throws IOException {
        Pop3Fixture.deliver(pop3.store, "x\r\n");
        Pop3Server server = pop3.start();
        for (int i = 0; i < 200; i++) {
            Pop3Client client = pop3.logIn(server);
            client.ask("DELE 1");
            assertThat(client.ask("QUIT")).startsWith("+OK");
            OpenResult result = pop3.store.open(Pop3Fixture.JOE);
            assertThat(result).as("RFC 1939, section 6: round %d", i).isInstanceOf(OpenResult.Opened.class);
            ((OpenResult.Opened) result).maildrop().close();
            client.close();
        }
    }

    @Test
    void theConnectionEndsBehindTheLastLoginAttempt() throws IOException {
        Pop3Server server = pop3.start(builder -> builder.options(Pop3Fixture.OPTIONS.withMaxLoginAttempts(2)));
        Pop3Client client = pop3.connect(server);

        assertThat(client.logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(client.logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void theLastAttemptMaySucceed() throws IOException {
        Pop3Server server = pop3.start(builder -> builder.options(Pop3Fixture.OPTIONS.withMaxLoginAttempts(2)));
        Pop3Client client = pop3.connect(server);
        client.logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD);

        assertThat(client.logIn("joe@a.example", Pop3Fixture.PASSWORD)).startsWith("+OK");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "USER joe-1234567",
                "PASS joe-1234567",
                "XYZZY joe-1234567",
                "joe-1234567",
                "RETR joe-1234567",
                "CAPA joe-1234567",
                "QUIT joe-1234567",
                "GET /joe-1234567 HTTP/1.1"
            })
    void inputIsNeverReflected(String command) throws IOException {
        Pop3Server server = pop3.start(builder -> builder.domains(DomainResolver.fixed(Pop3Fixture.JOE.domain())));
        Pop3Client before = pop3.connect(server);
        before.raw().send(command + "\r\nPASS joe-1234567\r\nQUIT\r\n");
        Pop3Client after = pop3.logIn(server);
        after.raw().send(command + "\r\nQUIT\r\n");

        assertThat(before.raw().readToEnd()).as("ALPACA").doesNotContain("1234567");
        assertThat(after.raw().readToEnd()).as("ALPACA").doesNotContain("1234567");
    }
}
