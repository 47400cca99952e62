package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.auth.Password;
import org.vmail.auth.SaslMechanism;
import org.vmail.chain.ChainOptions;
import org.vmail.chain.LoginRoute;
import org.vmail.chain.ProxyVersion;
import org.vmail.chain.Upstream;
import org.vmail.domain.DomainChoice;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.Listener;
import org.vmail.net.Network;
import org.vmail.net.ProxyTrust;
import org.vmail.net.ServerOptions;

/** Logins that another server serves: read here, given there, and then connected through. */
@Timeout(60)
class LateChainTest {
    private static final Domain MAIN = Domain.of("main.example");
    private static final String MAIN_JOE = "joe@main.example";
    private static final String PASSWORD = Pop3Fixture.PASSWORD;
    private static final String PASS = "PASS " + PASSWORD;
    private static final Duration HOUR = Duration.ofHours(1);

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private final Events events = new Events();
    private FakeUpstream fake;

    @BeforeEach
    void startUpstream() throws IOException {
        fake = new FakeUpstream();
    }

    @AfterEach
    void stopUpstream() throws Exception {
        fake.close();
    }

    @Test
    void loginsOfTheMainDomainAreBareNamesThere() throws IOException {
        Pop3Server server = start();
        Pop3Client bare = pop3.connect(server);
        assertThat(bare.logIn("joe", PASSWORD)).isEqualTo("+OK " + PASS);
        Pop3Client qualified = pop3.connect(server);
        qualified.logIn(MAIN_JOE, PASSWORD);
        Pop3Client strange = pop3.connect(server);
        strange.logIn("joe@nowhere.example", PASSWORD);

        assertThat(fake.heard("USER")).containsExactly("USER joe", "USER joe", "USER joe@nowhere.example");
    }

    @Test
    void anAccountOfOursIsServedHere() throws IOException {
        Pop3Fixture.deliver(pop3.store, "Subject: here\r\n\r\n");
        Pop3Client client = pop3.logIn(start());

        assertThat(client.ask("STAT")).startsWith("+OK 1 ");
        assertThat(fake.heard).isEmpty();
    }

    @Test
    void aWrongPasswordForAnAccountOfOursIsNotShownToOthers() throws IOException {
        Pop3Client client = pop3.connect(start());

        assertThat(client.logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD)).startsWith("-ERR [AUTH] ");
        assertThat(client.logIn("nobody@a.example", PASSWORD)).startsWith("-ERR [AUTH] ");
        assertThat(fake.heard).isEmpty();
    }

    @Test
    void afterTheLoginBothSidesHearEachOther() throws IOException {
        fake.reply("RETR", "+OK a message\r\nSubject: \u00e4\r\n\r\n..\r\nNUL \0\r\n.\r\n");
        Pop3Client client = pop3.connect(start());
        client.logIn("joe", PASSWORD);

        assertThat(client.ask("STAT")).isEqualTo("+OK STAT");
        assertThat(client.lines("RETR 1")).containsExactly("Subject: \u00e4", "", "..", "NUL \0");
        assertThat(client.ask("NONSENSE  with  spaces ")).isEqualTo("+OK NONSENSE  with  spaces ");
        assertThat(client.ask("QUIT")).isEqualTo("+OK bye");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void commandsThatWerePipelinedBehindThePasswordAreForTheOtherServer() throws IOException {
        Pop3Client client = pop3.connect(start());
        client.raw().send("CAPA\r\nUSER joe\r\n" + PASS + "\r\nSTAT\r\nLIST\r\nQUIT\r\n");

        assertThat(client.raw().readToEnd())
                .endsWith("+OK now the password\r\n+OK " + PASS + "\r\n+OK STAT\r\n+OK LIST\r\n+OK bye\r\n");
    }

    @Test
    void whatFollowsTheAnswerToTheLoginAtOnceIsForTheClient() throws IOException {
        fake.reply("PASS", "+OK logged in\r\n+OK and unasked\r\nhalf a li");
        fake.reply("STAT", "ne\r\n+OK 0 0\r\n");
        Pop3Client client = pop3.connect(start());

        assertThat(client.logIn("joe", PASSWORD)).isEqualTo("+OK logged in");
        assertThat(client.raw().readLine()).isEqualTo("+OK and unasked");
        assertThat(client.raw().ask("STAT")).isEqualTo("half a line");
        assertThat(client.status()).isEqualTo("+OK 0 0");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7})
    void repliesMayComeInPieces(int octets) throws IOException {
        fake.pieces(octets);
        Pop3Client client = pop3.connect(start());

        assertThat(client.lines("CAPA")).contains("UTF8 USER");
        assertThat(client.logIn("joe", PASSWORD)).isEqualTo("+OK " + PASS);
        assertThat(client.ask("STAT")).isEqualTo("+OK STAT");
    }

    @Test
    void aClientThatHalfClosesGetsItsReplies() throws IOException {
        Pop3Client client = pop3.connect(start());
        client.logIn("joe", PASSWORD);
        client.raw().send("STAT\r\nNOOP\r\n");
        client.raw().shutdownOutput();

        assertThat(client.raw().readToEnd()).isEqualTo("+OK STAT\r\n+OK NOOP\r\n");
    }

    @Test
    void saslPlainAndLoginGiveThePasswordAsWell() throws IOException {
        Pop3Server server = start();
        Pop3Client plain = pop3.connect(server);
        assertThat(plain.ask("AUTH PLAIN " + base64("\0joe\0" + PASSWORD))).isEqualTo("+OK " + PASS);
        Pop3Client named = pop3.connect(server);
        assertThat(named.ask("AUTH PLAIN " + base64("joe\0joe\0" + PASSWORD)))
                .as("an authorization identity that is the login")
                .isEqualTo("+OK " + PASS);
        Pop3Client login = pop3.connect(server);
        assertThat(login.raw().ask("AUTH LOGIN")).startsWith("+ ");
        assertThat(login.raw().ask(base64("joe"))).startsWith("+ ");
        assertThat(login.ask(base64(PASSWORD))).isEqualTo("+OK " + PASS);
        Pop3Client other = pop3.connect(server);
        assertThat(other.ask("AUTH PLAIN " + base64("ann\0joe\0" + PASSWORD))).startsWith("-ERR [AUTH]");

        assertThat(fake.heard("PASS")).containsExactly(PASS, PASS, PASS);
        assertThat(events.named("chainedAfterLogin"))
                .extracting(event -> event.values().get(3))
                .containsExactly("PLAIN", "PLAIN", "LOGIN");
    }

    @Test
    void theOtherServerMayBeToldByPlain() throws IOException {
        Pop3Client client = pop3.connect(start(upstream -> upstream.withLoginForm(Upstream.LoginForm.SASL_PLAIN)));
        client.logIn("joe", PASSWORD);
        String longPassword = "long ".repeat(60);
        fake.reply("AUTH", "+ \r\n");
        Pop3Client second = pop3.connect(start(upstream -> upstream.withLoginForm(Upstream.LoginForm.SASL_PLAIN)));
        second.logIn("joe", longPassword);

        assertThat(fake.heard("AUTH")).containsExactly("AUTH PLAIN " + base64("\0joe\0" + PASSWORD), "AUTH PLAIN");
        assertThat(fake.heard).contains(base64("\0joe\0" + longPassword));
    }

    @Test
    void aServerThatKnowsNoInitialResponseIsAnsweredAgain() throws IOException {
        String message = base64("\0joe\0" + PASSWORD);
        fake.reply("AUTH", "+ go on\r\n").reply(message.toUpperCase(Locale.ROOT), "+OK in\r\n");

        assertThat(pop3.connect(start(upstream -> upstream.withLoginForm(Upstream.LoginForm.SASL_PLAIN)))
                        .logIn("joe", PASSWORD))
                .isEqualTo("+OK in");
        assertThat(fake.heard).containsExactly("AUTH PLAIN " + message, message);
    }

    @Test
    void aLoginThatIsAcceptedWithoutThePasswordIsNonsense() throws IOException {
        Pop3Client client = pop3.connect(start(upstream -> upstream.withLoginForm(Upstream.LoginForm.SASL_PLAIN)));

        assertThat(client.logIn("joe", "long ".repeat(60))).startsWith("-ERR [SYS/TEMP]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[AUTH] no",
                "[SYS/TEMP] later",
                "[SYS/PERM] never",
                "[IN-USE] locked",
                "[LOGIN-DELAY] too soon",
                "[in-use] locked",
                "[X-OTHER] code",
                "no code"
            })
    void whatTheOtherServerSaysIsPassedOn(String text) throws IOException {
        fake.reply("PASS", "-ERR " + text + "\r\n");
        Pop3Client client = pop3.connect(start());

        assertThat(client.logIn("joe", PASSWORD)).isEqualTo("-ERR " + text);
        fake.reply("PASS", "+OK\r\n");
        assertThat(client.logIn("joe", PASSWORD)).as("the session goes on").isEqualTo("+OK");
    }

    @Test
    void onlyARefusalOfTheLoginCountsAsAFailure() throws IOException {
        Pop3Server server = start();
        for (String code : List.of("[SYS/TEMP]", "[SYS/PERM]", "[IN-USE]", "[LOGIN-DELAY]", "[AUTH]", "none")) {
            fake.reply("PASS", "-ERR " + code + "\r\n");
            pop3.connect(server).logIn("joe", PASSWORD);
        }
        fake.reply("USER", "-ERR never heard of\r\n");
        pop3.connect(server).logIn("joe", PASSWORD);

        assertThat(events.named("loginFailed"))
                .extracting(event -> event.values().get(1))
                .containsExactly(
                        LoginFailure.UNAVAILABLE,
                        LoginFailure.UNAVAILABLE,
                        LoginFailure.IN_USE,
                        LoginFailure.TOO_SOON,
                        LoginFailure.REJECTED,
                        LoginFailure.REJECTED,
                        LoginFailure.REJECTED);
    }

    @Test
    void whoGuessesHasToWaitWhateverTheLoginIsWrittenLike() throws IOException {
        fake.reply("PASS", "-ERR [AUTH] no\r\n");
        LoginThrottle throttle = throttle();
        Pop3Server server = start(upstream -> upstream, builder -> builder.throttle(throttle));
        for (String login : List.of("joe", "joe@main.example", "JOE@MAIN.example")) {
            assertThat(pop3.connect(server).logIn(login, PASSWORD)).startsWith("-ERR [AUTH]");
        }

        assertThat(throttle.begin(elsewhere()).delayFor(MailAddress.of(MAIN_JOE)))
                .isEqualTo(HOUR);
    }

    @Test
    void aServerThatIsAwayCountsAsNobodysFailure() throws Exception {
        LoginThrottle throttle = throttle();
        Pop3Server server = start(upstream -> upstream, builder -> builder.throttle(throttle));
        fake.close();
        for (int i = 0; i < 5; i++) {
            assertThat(pop3.connect(server).logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP] ");
        }

        assertThat(throttle.begin(elsewhere()).delayFor(MailAddress.of(MAIN_JOE)))
                .isZero();
        fake = new FakeUpstream();
    }

    @Test
    void theNumberOfWrongPasswordsIsBounded() throws IOException {
        fake.reply("PASS", "-ERR [AUTH] no\r\n");
        Pop3Client client = pop3.connect(start());
        for (int i = 0; i < Pop3Fixture.OPTIONS.maxLoginAttempts(); i++) {
            assertThat(client.logIn("joe", PASSWORD)).startsWith("-ERR");
        }

        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                FakeUpstream.CLOSE,
                "+OK no line end" + FakeUpstream.CLOSE,
                "-ER" + FakeUpstream.CLOSE,
                "220 smtp ready\r\n",
                "* OK imap\r\n",
                "+OKAY\r\n",
                "\r\n",
                "+ \r\n",
                "\0\0\0\r\n",
                "-ERR [SYS/TEMP] I go down\r\n"
            })
    void nonsenseIsATemporaryFailure(String reply) throws IOException {
        Pop3Server server = start();
        fake.greeting(reply);
        assertThat(pop3.connect(server).logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP] ");
        fake.greeting("+OK\r\n").reply("USER", reply);
        boolean refusal = reply.startsWith("-ERR");
        assertThat(pop3.connect(server).logIn("joe", PASSWORD))
                .startsWith(refusal ? "-ERR [SYS/TEMP] I go down" : "-ERR [SYS/TEMP] ");
        fake.reply("USER", "+OK\r\n").reply("PASS", reply);
        assertThat(pop3.connect(server).logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP] ");

        assertThat(events.named("loginFailed"))
                .extracting(event -> event.values().get(1))
                .containsOnly(LoginFailure.UNAVAILABLE);
    }

    @Test
    void anEndlessLineIsATemporaryFailure() throws IOException {
        fake.reply("PASS", "+OK " + "x".repeat(5000) + "\r\n");
        Pop3Server server = start();

        assertThat(pop3.connect(server).logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP] ");
        await().until(() -> fake.connections() == 0);
    }

    @Test
    void whatIsLongerThanAReplyMayBeOrInvisibleIsMadeFit() throws IOException {
        fake.reply("PASS", "-ERR [AUTH] \u00e4\0\r\t\u007f" + "x".repeat(1000) + "\r\n");
        Pop3Client client = pop3.connect(start());

        String reply = client.logIn("joe", PASSWORD);

        assertThat(reply).startsWith("-ERR [AUTH] ?????xxx").hasSize(510);
    }

    @Test
    void silenceIsATemporaryFailureInTime() throws IOException {
        Pop3Server server = start(upstream -> upstream.withLoginTimeout(Duration.ofMillis(300)));
        fake.reply("PASS", FakeUpstream.SILENCE);

        assertThat(pop3.connect(server).logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP] ");
        assertThat(events.value("loginFailed", 3, String.class)).contains("is too slow");
        assertThat(pop3.log().texts("Login failed: "))
                .singleElement()
                .asString()
                .contains(
                        "rule=[not hosted here, so it is for " + fake.address().getHostString());
        await().until(() -> fake.connections() == 0);
    }

    @Test
    void aClientThatLeavesIsNotWaitedFor() throws Exception {
        fake.reply("PASS", FakeUpstream.SILENCE);
        Pop3Server server = start(
                upstream -> upstream.withLoginTimeout(HOUR),
                builder -> builder.serverOptions(ServerOptions.defaults().withDrainTimeout(Duration.ofMillis(50))));
        Pop3Client client = pop3.connect(server);
        client.ask("USER joe");
        client.raw().sendLine(PASS);
        await().until(() -> !fake.heard("PASS").isEmpty());

        server.close();

        assertThat(client.raw().readToEnd()).isEmpty();
        await().until(() -> fake.connections() == 0);
    }

    @Test
    void nothingButANameAndAPasswordCanBeSaid() throws IOException {
        Pop3Server server = start();
        for (String evil : List.of("x\r\nDELE 1", "x\nDELE 1", "x\rDELE 1", "x\u007f", "\u0001")) {
            Pop3Client client = pop3.connect(server);
            assertThat(client.ask("AUTH PLAIN " + base64("\0joe\0" + evil))).startsWith("-ERR [AUTH]");
            assertThat(client.ask("AUTH PLAIN " + base64("\0joe" + evil + "\0" + PASSWORD)))
                    .startsWith("-ERR [AUTH]");
            Pop3Client login = pop3.connect(server);
            login.raw().ask("AUTH LOGIN");
            login.raw().ask(base64("joe"));
            assertThat(login.ask(base64(evil))).startsWith("-ERR [AUTH]");
        }
        assertThat(pop3.connect(server).ask("AUTH PLAIN " + base64("\0joe\0" + "x".repeat(300))))
                .as("longer than a command may be (RFC 2449, section 4)")
                .startsWith("-ERR [AUTH]");

        assertThat(fake.heard).isEmpty();
        assertThat(events.named("loginFailed"))
                .hasSize(16)
                .allMatch(event -> event.values().get(1) == LoginFailure.REJECTED);
    }

    @Test
    void plainCanSayWhatPassCannot() throws IOException {
        String password = "x\r\nDELE 1";
        Pop3Client client = pop3.connect(start(upstream -> upstream.withLoginForm(Upstream.LoginForm.SASL_PLAIN)));
        client.ask("AUTH PLAIN " + base64("\0joe\0" + password));

        assertThat(fake.heard).containsExactly("AUTH PLAIN " + base64("\0joe\0" + password));
    }

    @Test
    void aRouteThatMapsToSomethingElseCannotSmuggleEither() throws IOException {
        LoginRoute route = new LoginRoute() {
            private final Upstream upstream = Upstream.at(fake.address());

            @Override
            public Destination route(Request request) {
                return new Destination.There(upstream, request.login(), MailAddress.of(MAIN_JOE), "all of it");
            }

            @Override
            public List<Upstream> upstreams(DomainChoice connection) {
                return List.of(upstream);
            }
        };
        Pop3Server server = pop3.start(builder -> builder.loginRoute(route).listener(events));

        assertThat(pop3.connect(server).ask("AUTH PLAIN " + base64("\0joe\r\nDELE 1\0" + PASSWORD)))
                .startsWith("-ERR [AUTH]");
        assertThat(fake.heard).isEmpty();
    }

    @Test
    void whatIsAnnouncedBeforeALoginIsWhatBothCanDo() throws IOException {
        Pop3Options own = Pop3Fixture.OPTIONS
                .withSaslMechanisms(Set.of(SaslMechanism.PLAIN, SaslMechanism.SCRAM_SHA_256))
                .withExpireDays(30)
                .withLoginDelay(Duration.ofSeconds(60));
        fake.reply("CAPA", "+OK\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nEXPIRE 7\r\nLOGIN-DELAY 300\r\nX-OWN\r\n.\r\n");
        Pop3Server server = start(upstream -> upstream, builder -> builder.options(own));
        Pop3Client client = pop3.connect(server);

        assertThat(client.lines("CAPA"))
                .containsExactly(
                        "TOP",
                        "UIDL",
                        "RESP-CODES",
                        "USER",
                        "SASL PLAIN",
                        "EXPIRE 7 USER",
                        "LOGIN-DELAY 300 USER",
                        "IMPLEMENTATION vmail");
        assertThat(client.ask("UTF8")).startsWith("-ERR");
        client.logIn("joe@a.example", PASSWORD);
        assertThat(client.lines("CAPA"))
                .as("behind a login here, what we can do")
                .contains("PIPELINING", "UTF8 USER", "LANG", "EXPIRE 30", "LOGIN-DELAY 60");
    }

    @Test
    void whatTheOtherServerCanDoIsAskedOnceInAWhile() throws IOException {
        Pop3Server server = start();
        for (int i = 0; i < 3; i++) {
            assertThat(pop3.connect(server).lines("CAPA")).contains("PIPELINING");
        }

        assertThat(fake.heard("CAPA")).hasSize(1);
    }

    @Test
    void aServerThatDoesNotSayWhatItCanDoCanDoTheLeast() throws IOException {
        fake.reply("CAPA", "-ERR what?\r\n");
        Pop3Client client = pop3.connect(start());

        assertThat(client.lines("CAPA"))
                .containsExactly("TOP", "UIDL", "USER", "SASL PLAIN LOGIN", "IMPLEMENTATION vmail");
    }

    @Test
    void utf8IsAskedForThereAsWell() throws IOException {
        Pop3Client client = pop3.connect(start());
        assertThat(client.ask("UTF8")).startsWith("+OK");
        client.logIn("joe", PASSWORD);

        assertThat(fake.heard).containsSubsequence("UTF8", "USER joe", PASS);
    }

    @Test
    void utf8ThatIsGoneIsATemporaryFailureOnce() throws IOException {
        Pop3Server server = start();
        Pop3Client client = pop3.connect(server);
        client.ask("UTF8");
        fake.reply("UTF8", "-ERR not any more\r\n").reply("CAPA", "+OK\r\nUIDL\r\n.\r\n");
        assertThat(client.logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP] ");

        await().untilAsserted(() ->
                assertThat(pop3.connect(server).lines("CAPA")).contains("UIDL").doesNotContain("UTF8 USER"));
        assertThat(pop3.connect(server).ask("UTF8")).startsWith("-ERR");
    }

    @Test
    void scramIsNotOfferedUnlessThatIsWanted() throws IOException {
        Pop3Options scram = Pop3Fixture.OPTIONS
                .withSaslMechanisms(Set.of(SaslMechanism.PLAIN, SaslMechanism.SCRAM_SHA_256))
                .withApop(true);
        Pop3Client careful = pop3.connectSilently(start(upstream -> upstream, builder -> builder.options(scram)), 0);
        assertThat(careful.status()).as("no APOP").doesNotContain("<");
        assertThat(careful.ask("AUTH SCRAM-SHA-256")).startsWith("-ERR no such");
        Pop3Client bold = pop3.connectSilently(
                start(upstream -> upstream, builder -> builder.options(scram.withOnlyChainableLogins(false))), 0);
        assertThat(bold.status()).contains("<");
        assertThat(bold.lines("CAPA")).contains("SASL PLAIN SCRAM-SHA-256");
        assertThat(bold.ask("APOP joe 0123456789abcdef0123456789abcdef")).startsWith("-ERR [AUTH]");
        assertThat(fake.heard("USER")).isEmpty();
    }

    @Test
    void anAccountOfOursThatIsElsewhereNeedsItsPassword() throws Exception {
        Pop3Server server = pop3.start(
                builder -> builder.loginRoute(LoginRoute.domain(Pop3Fixture.JOE.domain(), Upstream.at(fake.address())))
                        .options(Pop3Fixture.OPTIONS.withApop(true).withOnlyChainableLogins(false))
                        .listener(events));
        Pop3Client client = pop3.connectSilently(server, 0);
        String greeting = client.status();
        String challenge = greeting.substring(greeting.indexOf('<'));

        assertThat(client.ask("APOP joe@a.example " + md5(challenge + PASSWORD)))
                .startsWith("-ERR [AUTH]");
        assertThat(client.logIn("joe@a.example", "another password")).isEqualTo("+OK PASS another password");
        assertThat(fake.heard("USER")).containsExactly("USER joe@a.example");
    }

    @Test
    void withAMasterUserThePasswordIsCheckedHere() throws Exception {
        Upstream upstream = Upstream.at(fake.address()).withMasterUser("master", Password.of("m's " + PASSWORD));
        Pop3Server server =
                pop3.start(builder -> builder.loginRoute(LoginRoute.domain(Pop3Fixture.JOE.domain(), upstream))
                        .options(Pop3Fixture.OPTIONS.withApop(true))
                        .listener(events));
        Pop3Client client = pop3.connectSilently(server, 0);
        String greeting = client.status();
        String challenge = greeting.substring(greeting.indexOf('<'));
        assertThat(client.logIn("joe@a.example", Pop3Fixture.WRONG_PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(fake.heard).isEmpty();
        assertThat(client.ask("APOP joe@a.example " + md5(challenge + PASSWORD)))
                .startsWith("+OK");

        String message = base64("joe@a.example\0master\0m's " + PASSWORD);
        assertThat(fake.heard).containsExactly("AUTH PLAIN " + message);
        fake.reply("AUTH", "-ERR [AUTH] no master\r\n");
        Pop3Client second = pop3.connect(server);
        assertThat(second.logIn("joe@a.example", PASSWORD))
                .as("what is wrong with the master is not the client's fault")
                .startsWith("-ERR [SYS/TEMP]");
    }

    @Test
    void theClientsAddressIsToldByXclient() throws IOException {
        Pop3Client client = pop3.connect(start(upstream -> upstream.withXclient(5)));
        client.logIn("joe", PASSWORD);

        assertThat(fake.heard.get(0)).matches("XCLIENT ADDR=127\\.0\\.0\\.1 PORT=\\d+ TTL=5");
        assertThat(fake.heard.get(1)).isEqualTo("USER joe");
    }

    @Test
    void theClientsAddressIsToldByAProxyHeader() throws IOException {
        fake.reply("PROXY", FakeUpstream.SILENCE);
        Pop3Server server = start(
                upstream -> upstream.withChainOptions(ChainOptions.defaults().withProxyHeader(ProxyVersion.V1)));
        assertThat(pop3.connect(server).lines("CAPA")).contains("PIPELINING");
        pop3.connect(server).logIn("joe", PASSWORD);

        int port = server.boundAddress().getPort();
        assertThat(fake.heard.get(0)).as("a question of our own").isEqualTo("PROXY UNKNOWN");
        assertThat(fake.heard("PROXY").get(1)).matches("PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 \\d+ " + port);
        assertThat(fake.heard).containsSubsequence(fake.heard("PROXY").get(1), "USER joe", PASS);
    }

    @Test
    void aServerBehindAnotherKnowsTheClientByItsHeader() throws IOException {
        Events behind = new Events();
        Pop3Server upstream = pop3.startBare(
                Pop3Server.builder(pop3.directory, pop3.store),
                builder -> builder.listen(Listener.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .withProxyProtocol(ProxyTrust.in(List.of(Network.of("127.0.0.0/8")))))
                        .listener(behind));
        LoginRoute route = LoginRoute.domain(
                Pop3Fixture.JOE.domain(),
                Upstream.at(upstream.boundAddress())
                        .withChainOptions(ChainOptions.defaults().withProxyHeader(ProxyVersion.V2)));
        Pop3Server server = pop3.start(builder -> builder.loginRoute(route).listener(events));
        Pop3Client client = pop3.connect(server);

        assertThat(client.lines("CAPA")).contains("UTF8 USER");
        assertThat(client.logIn("joe@a.example", PASSWORD)).startsWith("+OK maildrop has 0");
        assertThat(behind.value("loggedIn", 0, ConnectionInfo.class).remote())
                .isEqualTo(events.value("chainedAfterLogin", 0, ConnectionInfo.class)
                        .remote());
    }

    @Test
    void aServerThatRefusesXclientGetsNoPassword() throws IOException {
        fake.reply("XCLIENT", "-ERR You are not from trusted IP\r\n");
        Pop3Client client = pop3.connect(start(upstream -> upstream.withXclient(5)));

        assertThat(client.logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP]");
        assertThat(fake.heard("PASS")).isEmpty();
    }

    @Test
    void connectionsAreBounded() throws IOException {
        Pop3Server server = start(upstream -> upstream.withMaxParallel(1));
        Pop3Client first = pop3.connect(server);
        assertThat(first.logIn("joe", PASSWORD)).startsWith("+OK");
        Pop3Client second = pop3.connect(server);
        assertThat(second.logIn("ann", PASSWORD)).startsWith("-ERR [SYS/TEMP]");
        first.close();

        await().untilAsserted(() -> assertThat(second.logIn("ann", PASSWORD)).startsWith("+OK"));
    }

    @Test
    void aServerThatIsItsOwnUpstreamNoticesIt() throws IOException {
        AtomicReference<Upstream> itself = new AtomicReference<>();
        LoginRoute route = new LoginRoute() {
            @Override
            public Destination route(Request request) {
                return new Destination.There(itself.get(), "joe", MailAddress.of(MAIN_JOE), "round and round");
            }

            @Override
            public List<Upstream> upstreams(DomainChoice connection) {
                return List.of(itself.get());
            }
        };
        Pop3Server server = pop3.startBare(
                Pop3Server.builder(pop3.directory, pop3.store),
                builder -> Pop3Fixture.onLoopback(builder).loginRoute(route).listener(events));
        itself.set(Upstream.at(server.boundAddress()));

        assertThat(pop3.connect(server).logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP]");
        assertThat(events.named("loginFailed")).hasSize(2);
        assertThat(events.value("loginFailed", 3, String.class)).contains("circle");
    }

    @Test
    void theListenerAndTheLogAreToldWhoWasChainedWhere() throws Exception {
        Pop3Client client = pop3.connect(start());
        client.logIn("joe", PASSWORD);
        client.ask("STAT");
        client.ask("QUIT");
        client.raw().readToEnd();
        pop3.stopAll();

        assertThat(events.names()).containsExactly("connected", "domainChosen", "chainedAfterLogin", "ended");
        assertThat(events.value("chainedAfterLogin", 1, MailAddress.class)).hasToString(MAIN_JOE);
        assertThat(events.value("chainedAfterLogin", 2, Upstream.class).address())
                .isEqualTo(fake.address());
        SessionSummary summary = events.value("ended", 1, SessionSummary.class);
        assertThat(summary.account()).map(MailAddress::toString).contains(MAIN_JOE);
        assertThat(summary.octetsIn()).isEqualTo(("USER joe\r\n" + PASS + "\r\nSTAT\r\nQUIT\r\n").length());
        assertThat(summary.octetsOut())
                .isEqualTo(
                        ("+OK vmail POP3 ready\r\n+OK now the password\r\n+OK " + PASS + "\r\n+OK STAT\r\n+OK bye\r\n")
                                .length());
        assertThat(summary.reason()).isEqualTo("chained until it ended");
        assertThat(pop3.log().texts("Chained to "))
                .singleElement()
                .asString()
                .contains(MAIN_JOE, "login has no domain");
    }

    @Test
    void whoIsChainedIsNotDroppedForOthers() throws IOException {
        Pop3Server server = start(
                upstream -> upstream,
                builder -> builder.serverOptions(ServerOptions.defaults().withMaxHalfOpenConnections(1)));
        Pop3Client chained = pop3.connect(server);
        chained.logIn("joe", PASSWORD);
        Pop3Client second = pop3.connect(server);
        Pop3Client third = pop3.connect(server);

        assertThat(second.raw().readToEnd()).isEmpty();
        assertThat(third.ask("CAPA")).startsWith("+OK");
        assertThat(chained.ask("STAT")).isEqualTo("+OK STAT");
    }

    @Test
    void silenceOnBothSidesEndsIt() throws IOException {
        Pop3Client client = pop3.connect(start(upstream ->
                upstream.withChainOptions(ChainOptions.defaults().withIdleTimeout(Duration.ofMillis(200)))));
        client.logIn("joe", PASSWORD);

        assertThat(client.raw().readToEnd()).isEmpty();
        await().until(() -> fake.connections() == 0);
    }

    @Test
    void aServerThatClosesEndsWhatTheClientSays() throws IOException {
        Pop3Server server = start();
        Pop3Client client = pop3.connect(server);
        client.logIn("joe", PASSWORD);

        server.close();

        assertThat(client.raw().readToEnd()).isEmpty();
        assertThat(events.names()).contains("ended");
        await().until(() -> fake.connections() == 0);
    }

    @Test
    void anUpstreamThatBreaksEndsTheSession() throws IOException {
        fake.reply("RETR", "+OK half a mess" + FakeUpstream.CLOSE);
        Pop3Client client = pop3.connect(start());
        client.logIn("joe", PASSWORD);
        client.raw().sendLine("RETR 1");

        assertThat(client.raw().readToEnd()).isEqualTo("+OK half a mess");
    }

    @Test
    void aRouteThatCannotTellIsATemporaryFailureAndOneWithABugAsWell() throws IOException {
        for (Exception problem : List.of(new IOException("no news"), new IllegalStateException("a bug"))) {
            LoginRoute route = new LoginRoute() {
                @Override
                public Destination route(Request request) throws IOException {
                    if (problem instanceof IOException e) {
                        throw e;
                    }
                    throw (RuntimeException) problem;
                }

                @Override
                public List<Upstream> upstreams(DomainChoice connection) {
                    return List.of();
                }
            };
            Pop3Server server = pop3.start(builder -> builder.loginRoute(route));
            assertThat(pop3.connect(server).logIn("joe", PASSWORD)).startsWith("-ERR [SYS/TEMP]");
        }
    }

    @Test
    void aRouteMayRefuse() throws IOException {
        LoginRoute route = new LoginRoute() {
            @Override
            public Destination route(Request request) {
                return new Destination.Nowhere("not today");
            }

            @Override
            public List<Upstream> upstreams(DomainChoice connection) {
                return List.of();
            }
        };
        Pop3Server server = pop3.start(builder -> builder.loginRoute(route).listener(events));

        assertThat(pop3.connect(server).logIn("joe@a.example", PASSWORD)).startsWith("-ERR [AUTH]");
        assertThat(events.value("loginFailed", 3, String.class)).isEqualTo("not today");
    }

    private Pop3Server start() throws IOException {
        return start(upstream -> upstream);
    }

    private Pop3Server start(UnaryOperator<Upstream> settings) throws IOException {
        return start(settings, builder -> builder);
    }

    private Pop3Server start(UnaryOperator<Upstream> settings, UnaryOperator<Pop3Server.Builder> more)
            throws IOException {
        Upstream upstream = settings.apply(Upstream.at(fake.address()));
        return pop3.start(
                builder -> more.apply(builder.loginRoute(LoginRoute.mainDomain(MAIN, pop3.directory, upstream))
                        .listener(events)));
    }

    private static ConnectionInfo elsewhere() throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 40_000);
        return ConnectionInfo.plain(address, address);
    }

    private static LoginThrottle throttle() {
        return LoginThrottle.with(LoginThrottleOptions.defaults()
                .withPenalties(Stream.of(Duration.ZERO, Duration.ZERO, HOUR)
                        .map(delay -> delay.isZero() ? Duration.ofNanos(1) : delay)
                        .toList()));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }

    private static String md5(String text) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(ISO_8859_1)));
    }
}
