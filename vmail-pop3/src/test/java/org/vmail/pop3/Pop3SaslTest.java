package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.auth.SaslMechanism;
import org.vmail.auth.TokenResult;
import org.vmail.auth.internal.ScramClient;
import org.vmail.mailbox.MaildropStore;

/** Exchanges of several lines within a session (RFC 5034, section 4). */
class Pop3SaslTest {
    private static final String JOE = Pop3Fixture.JOE.toString();
    private static final Pop3Options OPTIONS = Pop3Fixture.OPTIONS
            .withSaslMechanisms(Set.of(SaslMechanism.PLAIN, SaslMechanism.SCRAM_SHA_256, SaslMechanism.OAUTHBEARER))
            .withMaxSaslOctets(1000);
    private static final String GOOD_PLAIN = base64("\0" + JOE + "\0" + Pop3Fixture.PASSWORD);
    private static final String TOKEN = "n,a=" + JOE + ",\1auth=Bearer abc\1\1";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private final Events events = new Events();
    private final AtomicInteger opened = new AtomicInteger();

    @Test
    void theServerProvesItselfBeforeTheLoginIsDone() throws Exception {
        Pop3Client client = pop3.connect(start());
        ScramClient scram = scram(Pop3Fixture.PASSWORD);
        String last = exchange(client, scram);

        assertThat(last).isEqualTo("+ " + base64(scram.expectedFinal()));
        assertThat(opened).as("maildrops before the client has agreed").hasValue(0);
        assertThat(client.ask("")).isEqualTo("+OK maildrop has 0 messages (0 octets)");
        assertThat(opened).hasValue(1);
        assertThat(events.value("loggedIn", 2, String.class)).isEqualTo("SCRAM-SHA-256");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "garbage", "STAT", "QUIT", "AAAA", " ", "=="})
    void whoDoesNotAgreeIsNotLoggedIn(String answer) throws Exception {
        Pop3Client client = pop3.connect(start());
        exchange(client, scram(Pop3Fixture.PASSWORD));

        assertThat(client.ask(answer)).startsWith("-ERR");
        assertThat(client.ask("STAT")).startsWith("-ERR log in");
        assertThat(opened).hasValue(0);
        assertThat(client.ask("AUTH PLAIN " + GOOD_PLAIN)).startsWith("+OK");
    }

    @Test
    void aLineThatIsTooLongIsNoAgreement() throws Exception {
        Pop3Client client = pop3.connect(start());
        exchange(client, scram(Pop3Fixture.PASSWORD));

        assertThat(client.ask("x".repeat(5000))).startsWith("-ERR");
        assertThat(client.ask("STAT")).startsWith("-ERR log in");
    }

    @Test
    void whoLeavesInsteadOfAgreeingOpensNothingAndIsSeen() throws Exception {
        Pop3Client client = pop3.connect(start());
        exchange(client, scram(Pop3Fixture.PASSWORD));
        client.close();
        await().until(() -> events.names().contains("ended"));

        assertThat(opened).hasValue(0);
        assertThat(events.names()).doesNotContain("loggedIn");
        assertThat(events.named("loginFailed"))
                .singleElement()
                .satisfies(failed -> assertThat(failed.values()).contains(LoginFailure.ABANDONED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "not base64!", "AQ==", ""})
    void aTokenThatWasFoundBadIsAFailedAttemptWhateverTheClientSaysNext(String answer) throws Exception {
        Pop3Server server = pop3.start(builder -> builder.options(OPTIONS.withMaxLoginAttempts(2))
                .listener(events)
                .tokenVerifier(token -> TokenResult.Invalid.of("expired")));
        Pop3Client client = pop3.connect(server);
        for (int i = 0; i < 2; i++) {
            client.raw().sendLine("AUTH OAUTHBEARER " + base64(TOKEN));
            assertThat(client.raw().readLine()).startsWith("+ ");
            assertThat(client.ask(answer)).startsWith("-ERR [AUTH]");
        }
        assertThatExceptionOfType(EOFException.class)
                .as("after too many")
                .isThrownBy(() -> client.raw().readLine());
        assertThat(events.named("loginFailed"))
                .hasSize(2)
                .allSatisfy(failed -> assertThat(failed.values()).contains(LoginFailure.REJECTED));
    }

    @Test
    void aTokenThatWasFoundBadIsAFailedAttemptIfTheClientLeaves() throws Exception {
        Pop3Server server = pop3.start(builder ->
                builder.options(OPTIONS).listener(events).tokenVerifier(token -> TokenResult.Invalid.of("expired")));
        Pop3Client client = pop3.connect(server);
        client.raw().sendLine("AUTH OAUTHBEARER " + base64(TOKEN));
        assertThat(client.raw().readLine()).startsWith("+ ");
        client.close();
        await().until(() -> events.names().contains("ended"));
        assertThat(events.named("loginFailed"))
                .singleElement()
                .satisfies(failed -> assertThat(failed.values()).contains(LoginFailure.REJECTED));
    }

    @Test
    void aWrongProofIsRejectedWithoutAWordOfTheServersOwn() throws Exception {
        Pop3Client client = pop3.connect(start());

        assertThat(exchange(client, scram(Pop3Fixture.WRONG_PASSWORD))).startsWith("-ERR [AUTH]");
        assertThat(events.named("loginFailed")).hasSize(1);
        assertThat(client.ask("AUTH PLAIN " + GOOD_PLAIN)).startsWith("+OK");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "not base64!", "====", "=", "AGpvZQ", "QUIT"})
    void anExchangeThatIsAbandonedIsNoLoginAndNoFailedAttempt(String answer) throws Exception {
        Pop3Client client = pop3.connect(start());
        client.raw().sendLine("AUTH PLAIN");
        assertThat(client.raw().readLine()).isEqualTo("+ ");

        assertThat(client.ask(answer)).startsWith("-ERR");
        assertThat(events.named("loginFailed")).isEmpty();
        assertThat(client.ask("AUTH PLAIN " + GOOD_PLAIN)).startsWith("+OK");
    }

    @Test
    void aResponseMayBeLongerThanACommandButNotEndless() throws Exception {
        Pop3Client client = pop3.connect(start());
        client.raw().sendLine("AUTH PLAIN");
        client.raw().readLine();

        assertThat(client.ask("A".repeat(997) + "BCDE")).startsWith("-ERR the response is too long");
        assertThat(client.ask("AUTH PLAIN " + GOOD_PLAIN)).startsWith("+OK");
    }

    @Test
    void aTokenThatCannotBeCheckedIsNoFailedAttempt() throws Exception {
        LoginThrottle harsh =
                LoginThrottle.with(LoginThrottleOptions.defaults().withPenalties(List.of(Duration.ofHours(1))));
        Pop3Server server = pop3.start(builder -> builder.options(OPTIONS)
                .throttle(harsh)
                .listener(events)
                .tokenVerifier(token -> {
                    throw new IOException("the issuer is down");
                }));
        Pop3Client client = pop3.connect(server);
        for (int i = 0; i < 5; i++) {
            assertThat(client.ask("AUTH OAUTHBEARER " + base64(TOKEN))).startsWith("-ERR [SYS/TEMP] ");
        }

        assertThat(events.named("loginFailed"))
                .hasSize(5)
                .allSatisfy(failed -> assertThat(failed.values()).contains(LoginFailure.UNAVAILABLE));
        assertThat(client.ask("AUTH PLAIN " + GOOD_PLAIN)).startsWith("+OK");
        assertThat(events.all.toString()).doesNotContain("abc", Pop3Fixture.PASSWORD, GOOD_PLAIN);
    }

    private static String exchange(Pop3Client client, ScramClient scram) throws IOException {
        client.raw().sendLine("AUTH SCRAM-SHA-256 " + base64(scram.first()));
        String challenge = client.raw().readLine();
        assertThat(challenge).startsWith("+ ");
        byte[] first = Base64.getDecoder().decode(challenge.substring(2));
        client.raw().sendLine(base64(scram.last(first, new byte[0])));
        return client.raw().readLine();
    }

    private static ScramClient scram(String password) {
        return new ScramClient("n,,", JOE, "rOprNGfwEbeRWgbNEkqO", password);
    }

    private Pop3Server start() throws IOException {
        MaildropStore counted = account -> {
            opened.incrementAndGet();
            return pop3.store.open(account);
        };
        return pop3.start(counted, builder -> builder.options(OPTIONS).listener(events));
    }

    private static String base64(String text) {
        return base64(text.getBytes(UTF_8));
    }

    private static String base64(byte[] octets) {
        return Base64.getEncoder().encodeToString(octets);
    }
}
