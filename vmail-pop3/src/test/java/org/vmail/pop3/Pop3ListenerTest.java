package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainResolver;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ServerOptions;
import org.vmail.pop3.Events.Event;

/** What the embedder hears: all that happened, in order, once, and no secret. */
class Pop3ListenerTest {
    private static final String JOE = "joe@a.example";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private final Events events = new Events();

    @Test
    void aSessionIsToldFromItsBeginningToItsEnd() throws Exception {
        Pop3Fixture.deliver(pop3.store, "one\r\n", "Subject: two\r\n\r\n.1\r\n2\r\n3\r\n", "three\r\n");
        Pop3Client client = pop3.connect(start());
        client.logIn(JOE, Pop3Fixture.WRONG_PASSWORD);
        client.logIn(JOE, Pop3Fixture.PASSWORD);
        List<String> ids =
                client.lines("UIDL").stream().map(line -> line.substring(2)).toList();
        client.message("RETR 1");
        client.message("TOP 2 1");
        client.ask("DELE 1");
        client.ask("DELE 3");
        client.ask("RETR 1");
        client.ask("QUIT");
        client.raw().readToEnd();
        pop3.stopAll();

        ConnectionInfo connection = events.value("connected", 0, ConnectionInfo.class);
        String rule = "the login names it; every connection is shared";
        Event ended = events.all.get(events.all.size() - 1);
        assertThat(events.all)
                .containsExactly(
                        Event.of("connected", connection),
                        Event.of("domainChosen", connection, new DomainChoice.Shared("every connection is shared")),
                        Event.of(
                                "loginFailed",
                                connection,
                                LoginFailure.REJECTED,
                                JOE,
                                "wrong password for joe@a.example"),
                        Event.of("loggedIn", connection, Pop3Fixture.JOE, "USER", rule),
                        Event.of("retrieved", Pop3Fixture.JOE, new UniqueId(ids.get(0)), 5L, true),
                        Event.of("retrieved", Pop3Fixture.JOE, new UniqueId(ids.get(1)), 20L, false),
                        Event.of(
                                "removed", Pop3Fixture.JOE, Set.of(new UniqueId(ids.get(0)), new UniqueId(ids.get(2)))),
                        ended);
        SessionSummary summary = (SessionSummary) ended.values().get(1);
        assertThat(summary)
                .usingRecursiveComparison()
                .ignoringFields("octetsIn", "octetsOut", "duration")
                .isEqualTo(
                        new SessionSummary(Optional.of(Pop3Fixture.JOE), rule, 3, 1, 2, 0, 0, Duration.ZERO, "quit"));
        assertNoSecrets();
    }

    @Test
    void octetsAreCountedInBothDirections() throws Exception {
        Pop3Client client = pop3.connectSilently(start(), 0);
        client.raw().send("NOOP\r\nQUIT\r\n");
        String all = client.raw().readToEnd();
        pop3.stopAll();

        SessionSummary summary = events.value("ended", 1, SessionSummary.class);
        assertThat(summary.octetsIn()).isEqualTo(12);
        assertThat(summary.octetsOut()).isEqualTo(all.length());
        assertThat(summary.account()).isEmpty();
        assertThat(summary.duration()).isPositive();
    }

    @Test
    void whatItThrowsHarmsNobody() throws Exception {
        Pop3Fixture.deliver(pop3.store, "one\r\n");
        Pop3Listener broken = mock(Pop3Listener.class, invocation -> {
            if (invocation.getMethod().getReturnType() == void.class) {
                throw new IllegalStateException("a bug in a listener");
            }
            return invocation.callRealMethod();
        });
        Pop3Client client = pop3.connect(pop3.start(builder -> builder.listener(broken)));
        assertThat(client.logIn(JOE, Pop3Fixture.WRONG_PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(client.logIn(JOE, Pop3Fixture.PASSWORD)).startsWith("+OK");
        assertThat(client.message("RETR 1")).isEqualTo("one\r\n");
        assertThat(client.ask("DELE 1")).startsWith("+OK");
        assertThat(client.ask("QUIT")).startsWith("+OK");
        assertThat(client.raw().readToEnd()).isEmpty();
        pop3.stopAll();

        assertThat(pop3.log().texts("a bug in a listener")).hasSize(7);
        assertThat(pop3.count()).isZero();
    }

    @Test
    void noFormOfALoginShowsASecret() throws Exception {
        Pop3Client client =
                pop3.connect(start(Pop3Fixture.OPTIONS.withApop(true).withMaxLoginAttempts(10)));
        String plain =
                Base64.getEncoder().encodeToString(("\0" + JOE + "\0" + Pop3Fixture.WRONG_PASSWORD).getBytes(UTF_8));
        String digest = "0123456789abcdef0123456789abcdef";
        assertThat(client.ask("AUTH PLAIN " + plain)).startsWith("-ERR [AUTH]");
        assertThat(client.ask("APOP joe@a.example " + digest)).startsWith("-ERR [AUTH]");
        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD)).startsWith("-ERR");
        assertThat(client.logIn("nobody@b.example", Pop3Fixture.PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(client.logIn("locked@a.example", Pop3Fixture.PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(client.logIn("ann@a.example", Pop3Fixture.PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(client.ask("PASS")).startsWith("-ERR");
        pop3.stopAll();

        assertThat(events.named("loginFailed")).hasSize(5);
        assertNoSecrets();
        assertThat(events.all.toString()).doesNotContain(digest, plain);
    }

    @Test
    void whatAClientCallsItselfIsCutAndPrintable() throws Exception {
        Pop3Client client = pop3.connect(start());
        client.logIn("x".repeat(480), Pop3Fixture.WRONG_PASSWORD);
        pop3.stopAll();

        assertThat((String) events.named("loginFailed").get(0).values().get(2))
                .hasSizeLessThan(480)
                .matches("x+…");
    }

    @Test
    void aMaildropThatIsInUseIsItsOwnKindOfFailure() throws Exception {
        Pop3Server server = start();
        Pop3Client first = pop3.logIn(server);
        Pop3Client second = pop3.connect(server);
        assertThat(second.logIn(JOE, Pop3Fixture.PASSWORD)).startsWith("-ERR [IN-USE]");
        first.ask("QUIT");

        assertThat(events.value("loginFailed", 1, LoginFailure.class)).isEqualTo(LoginFailure.IN_USE);
        assertThat(second.logIn(JOE, Pop3Fixture.PASSWORD))
                .as("as often as it likes")
                .startsWith("+OK");
    }

    @Test // RFC 2449, section 8.1.1
    void aLoginTooSoonIsItsOwnKindOfFailure() throws Exception {
        Pop3Server server = start(Pop3Fixture.OPTIONS.withLoginDelay(Duration.ofHours(1)));
        pop3.logIn(server).ask("QUIT");
        Pop3Client again = pop3.connect(server);

        assertThat(again.logIn(JOE, Pop3Fixture.PASSWORD)).startsWith("-ERR [LOGIN-DELAY]");
        assertThat(again.logIn("ann@a.example", Pop3Fixture.HASHED_PASSWORD)).startsWith("+OK");
        assertThat(events.value("loginFailed", 1, LoginFailure.class)).isEqualTo(LoginFailure.TOO_SOON);
        assertThat(again.lines("CAPA")).contains("LOGIN-DELAY 3600");
    }

    @Test
    void anAccountHasNoMoreSessionsThanItMay() throws Exception {
        MaildropStore shared = account -> new OpenResult.Opened(new FaultyMaildrop());
        Pop3Server server = pop3.start(
                shared, builder -> builder.listener(events).options(Pop3Fixture.OPTIONS.withMaxSessionsPerAccount(2)));
        Pop3Client first = pop3.logIn(server);
        pop3.logIn(server);
        Pop3Client third = pop3.connect(server);

        assertThat(third.logIn(JOE, Pop3Fixture.PASSWORD)).startsWith("-ERR [IN-USE]");
        first.ask("QUIT");
        assertThat(third.logIn(JOE, Pop3Fixture.PASSWORD)).startsWith("+OK");
        assertThat(pop3.connect(server).logIn(JOE, Pop3Fixture.PASSWORD)).startsWith("-ERR [IN-USE]");
    }

    @Test
    void aSessionThatFailsToOpenTakesNoPlaceOfTheAccount() throws Exception {
        MaildropStore failing = account -> {
            throw new IOException("the disk is gone");
        };
        Pop3Server server = pop3.start(
                failing, builder -> builder.listener(events).options(Pop3Fixture.OPTIONS.withMaxSessionsPerAccount(1)));
        Pop3Client client = pop3.connect(server);
        for (int i = 0; i < 5; i++) {
            assertThat(client.logIn(JOE, Pop3Fixture.PASSWORD)).startsWith("-ERR [SYS/TEMP]");
        }
        assertThat(events.named("loginFailed"))
                .hasSize(5)
                .allSatisfy(failed -> assertThat(failed.values()).contains(LoginFailure.UNAVAILABLE));
    }

    @Test
    void aRemovalThatFailedIsToldAndTheLockReleased() throws Exception {
        FaultyMaildrop full = new FaultyMaildrop() {
            @Override
            public void remove(Set<UniqueId> messages) throws IOException {
                throw new IOException("no space left");
            }
        };
        Pop3Client client = pop3.logIn(pop3.start(full.asStore(), builder -> builder.listener(events)));
        client.ask("DELE 1");

        assertThat(client.ask("QUIT")).startsWith("-ERR [SYS/TEMP] some deleted messages not removed");
        assertThat(full.closed()).as("before the reply").isEqualTo(1);
        assertThat(client.raw().readToEnd()).isEmpty();
        pop3.stopAll();
        assertThat(events.named("removalFailed"))
                .containsExactly(Event.of("removalFailed", Pop3Fixture.JOE, Set.of(new UniqueId("only"))));
        assertThat(events.names()).doesNotContain("removed");
        assertThat(events.value("ended", 1, SessionSummary.class).removed()).isZero();
        assertThat(full.closed()).isEqualTo(1);
    }

    @Test
    void aMessageThatBreaksOffIsNotRetrieved() throws Exception {
        FaultyMaildrop torn = new FaultyMaildrop() {
            @Override
            public Optional<InputStream> content(StoredMessage message) throws IOException {
                InputStream broken = mock(InputStream.class, invocation -> {
                    throw new IOException("the disk is gone");
                });
                return Optional.of(
                        new SequenceInputStream(super.content(message).orElseThrow(), broken));
            }
        };
        Pop3Options asIs = Pop3Fixture.OPTIONS.withInternationalized(Internationalized.AS_IS);
        Pop3Client client = pop3.logIn(
                pop3.start(torn.asStore(), builder -> builder.listener(events).options(asIs)));
        client.raw().sendLine("RETR 1");
        assertThat(client.raw().readToEnd()).doesNotContain("\r\n.\r\n");
        pop3.stopAll();

        assertThat(events.names()).doesNotContain("retrieved");
        assertThat(events.value("ended", 1, SessionSummary.class).retrieved()).isZero();
    }

    @Test
    void aChainedConnectionIsNotHeardOfAgain() throws Exception {
        Pop3Server server = pop3.start(builder -> builder.listener(events)
                .domains(DomainResolver.sharedAddresses(List.of()))
                .nativeDaemon(connection -> connection.write(ByteBuffer.wrap("hi\r\n".getBytes(UTF_8)))));
        assertThat(pop3.connectSilently(server, 0).raw().readToEnd()).isEqualTo("hi\r\n");
        pop3.stopAll();

        assertThat(events.names()).containsExactly("connected", "domainChosen", "chained");
    }

    @Test
    void aFailureOfTheDirectoryNamesItsCauseToTheListenerOnly() throws Exception {
        Directory down = mock(Directory.class, invocation -> {
            throw new IOException("the directory is down");
        });
        Pop3Server server = pop3.startBare(
                Pop3Server.builder(down, pop3.store),
                builder -> Pop3Fixture.onLoopback(builder).listener(events));
        Pop3Client client = pop3.connect(server);
        assertThat(client.logIn(JOE, Pop3Fixture.PASSWORD))
                .startsWith("-ERR [SYS/TEMP]")
                .doesNotContain("down");

        assertThat(events.named("loginFailed").get(0).values())
                .contains(LoginFailure.UNAVAILABLE, JOE, "java.io.IOException: the directory is down");
        assertNoSecrets();
    }

    @Test
    void aClientForWhomThereIsNoPlaceIsRefusedAndNothingElse() throws Exception {
        Pop3Server server = pop3.start(builder -> builder.listener(events)
                .serverOptions(ServerOptions.defaults().withMaxConnections(1).withMaxHalfOpenConnections(1)));
        pop3.logIn(server);
        events.all.clear();
        assertThat(pop3.connectSilently(server, 0).status()).startsWith("-ERR [SYS/TEMP]");

        await().until(() -> !events.all.isEmpty());
        assertThat(events.all).containsExactly(Event.of("refused", InetAddress.getLoopbackAddress()));
    }

    @Test
    void aConnectionWithoutAGreetingIsToldToHaveEndedToo() throws Exception {
        Pop3Server server = pop3.start(builder -> builder.listener(events).domains(connection -> {
            throw new IOException("the DNS is down");
        }));
        assertThat(pop3.connectSilently(server, 0).status()).startsWith("-ERR [SYS/TEMP]");

        await().until(() -> events.names().contains("abandoned"));
        assertThat(events.names()).containsExactly("connected", "abandoned");
        assertThat(events.value("abandoned", 1, String.class)).contains("the DNS is down");
    }

    private void assertNoSecrets() {
        assertThat(events.all.toString())
                .doesNotContain(
                        Pop3Fixture.PASSWORD,
                        Pop3Fixture.WRONG_PASSWORD,
                        Pop3Fixture.HASHED_PASSWORD,
                        Pop3Fixture.HASH.encoded());
    }

    private Pop3Server start() throws IOException {
        return start(Pop3Fixture.OPTIONS);
    }

    private Pop3Server start(Pop3Options options) throws IOException {
        return pop3.start(builder -> builder.listener(events).options(options));
    }
}
