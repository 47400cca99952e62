package org.vmail.auth.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.LoginSplitter;
import org.vmail.address.MailAddress;
import org.vmail.auth.Authenticator;
import org.vmail.auth.BearerToken;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;
import org.vmail.auth.SaslMechanism;
import org.vmail.auth.TokenResult;
import org.vmail.auth.TokenVerifier;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainPolicy;
import org.vmail.domain.LoginResolver;

class LoginsTest {
    private static final DomainChoice AT_A = new DomainChoice.Hosted(Domain.of("a.example"), "test");
    private static final byte[] END_POINT = {1, 2, 3};
    private static final byte[] EXPORTED = {4, 5, 6};
    private static final ChannelBindings TLS = new ChannelBindings(Optional.of(END_POINT), Optional.of(EXPORTED));
    private static final PasswordHasher HASHER = PasswordHasher.withCost(4);

    private final Directory directory = Directory.inMemory()
            .account("joe@a.example", "secret")
            .account("joe@b.example", "other")
            .account(account("keys@a.example", HASHER.scramSha256(Password.of("secret"), 5000)))
            .account(account("crypt@a.example", HASHER.hash(Password.of("secret"))))
            .account(account("locked@a.example", new PasswordHash("!{PLAIN}secret")))
            .account(account("fußball@a.example", PasswordHash.plain("pässword")))
            .account(
                    account(
                            "user@a.example",
                            new PasswordHash(
                                    "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
                                            + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")))
            .build();
    private final TokenVerifier verifier = token -> switch (token.value()) {
        case "joe-a" -> new TokenResult.Valid("joe@a.example");
        case "joe-b" -> new TokenResult.Valid("joe@b.example");
        case "bare" -> new TokenResult.Valid("joe");
        case "percent" -> new TokenResult.Valid("joe%a.example");
        case "nobody" -> new TokenResult.Valid("nobody@a.example");
        case "locked" -> new TokenResult.Valid("locked@a.example");
        case "away" -> throw new IOException("the provider is away");
        default ->
            new TokenResult.Invalid(
                    "expired", "invalid_token", Optional.of("mail \"all\""), Optional.of("https://id.example/c"));
    };
    private final Logins logins = logins(LoginResolver.over(directory));

    private Logins logins(LoginResolver resolver) {
        return new Logins(resolver, Authenticator.over(directory), directory, Optional.of(verifier));
    }

    private static Account account(String address, PasswordHash hash) {
        return new Account(MailAddress.of(address), hash);
    }

    private SaslExchange begin(SaslMechanism mechanism) {
        return logins.begin(mechanism, AT_A, ChannelBindings.none());
    }

    private static String accepted(SaslStep step) {
        return step instanceof SaslStep.Done done && done.result() instanceof LoginResult.Accepted accepted
                ? accepted.account().address().toString()
                : step instanceof SaslStep.Done
                        ? "rejected"
                        : step instanceof SaslStep.Malformed ? "malformed" : "challenge";
    }

    private static byte[] octets(String text) {
        return text.replace('|', '\0').replace('^', '\1').getBytes(UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "|joe|secret, joe@a.example",
        "|joe@a.example|secret, joe@a.example",
        "|JOE@A.example|secret, joe@a.example",
        "|joe@b.example|other, joe@b.example",
        "joe|joe@a.example|secret, joe@a.example",
        "JOE@a.example|joe|secret, joe@a.example",
        "joe@b.example|joe|secret, rejected",
        "keys|joe|secret, rejected",
        "..|joe|secret, rejected",
        "|joe|wrong, rejected",
        "|joe@b.example|secret, rejected",
        "|nobody|secret, rejected",
        "|locked|secret, rejected",
        "|keys|secret, keys@a.example",
        "|crypt|secret, crypt@a.example",
        "|a/b|secret, rejected",
        "joe|secret, malformed",
        "||secret, malformed",
        "|joe|, malformed",
        "|joe|secret|, malformed",
        "|joe|sec|ret, malformed"
    })
    void plainTakesThreeParts(String message, String outcome) throws IOException {
        assertThat(accepted(begin(SaslMechanism.PLAIN).respond(octets(message))))
                .as("RFC 4616, section 2")
                .isEqualTo(outcome);
    }

    @Test
    void plainTakesNoEndlessOrUndecodableNames() throws IOException {
        assertThat(accepted(begin(SaslMechanism.PLAIN).respond(octets("|" + "x".repeat(513) + "|secret"))))
                .isEqualTo("malformed");
        assertThat(accepted(begin(SaslMechanism.PLAIN).respond("\0j\u00f6e\0secret".getBytes(ISO_8859_1))))
                .isEqualTo("malformed");
        assertThat(accepted(begin(SaslMechanism.PLAIN).respond(octets("|joe|" + "x".repeat(1025)))))
                .isEqualTo("malformed");
        assertThat(accepted(begin(SaslMechanism.PLAIN).respond(new byte[SaslExchange.MAX_RESPONSE_OCTETS + 1])))
                .isEqualTo("malformed");
    }

    @Test
    void loginPromptsForNameAndPassword() throws IOException {
        SaslExchange exchange = begin(SaslMechanism.LOGIN);
        assertThat(exchange.start().data()).asString().isEqualTo("Username:");
        SaslStep prompt = exchange.respond(octets("joe"));
        assertThat(((SaslStep.Challenge) prompt).data()).asString().isEqualTo("Password:");
        assertThat(accepted(exchange.respond(octets("secret")))).isEqualTo("joe@a.example");
        assertThatIllegalStateException().isThrownBy(() -> exchange.respond(octets("secret")));
    }

    @Test
    void theExampleOfRfc7677IsReproduced() throws IOException {
        ScramMechanism mechanism = new ScramMechanism(
                logins,
                new ScramAccounts(directory, new byte[16]),
                AT_A,
                ChannelBindings.none(),
                false,
                "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        SaslStep challenge = mechanism.respond(octets("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        assertThat(((SaslStep.Challenge) challenge).data())
                .asString()
                .isEqualTo("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        SaslStep check = mechanism.respond(octets("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        assertThat(((SaslStep.Check) check).account()).contains(MailAddress.of("user@a.example"));
        SaslStep.Done done = ((SaslStep.Check) check).decision().make();
        assertThat(accepted(done)).isEqualTo("user@a.example");
        assertThat(done.finalData().orElseThrow())
                .asString()
                .isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    private String scram(SaslMechanism mechanism, ChannelBindings bindings, ScramClient client, byte[] channel)
            throws IOException {
        SaslExchange exchange = logins.begin(mechanism, AT_A, bindings);
        SaslStep first = exchange.respond(client.first());
        if (!(first instanceof SaslStep.Challenge challenge)) {
            return outcome(first);
        }
        SaslStep last = exchange.respond(client.last(challenge.data(), channel));
        if (last instanceof SaslStep.Done done && done.result() instanceof LoginResult.Accepted) {
            assertThat(done.finalData().orElseThrow()).asString().isEqualTo(client.expectedFinal());
        }
        return outcome(last);
    }

    private static String outcome(SaslStep step) {
        return step instanceof SaslStep.Done done && done.result() instanceof LoginResult.Rejected
                ? new String(done.finalData().orElseThrow(), UTF_8)
                : accepted(step);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "n,, joe secret joe@a.example",
                "n,, joe@b.example other joe@b.example",
                "n,, keys secret keys@a.example",
                "y,, keys secret keys@a.example",
                "n,, fußball pässword fußball@a.example",
                "n,a=joe, joe@a.example secret joe@a.example",
                "n,a=joe@b.example, joe secret e=other-error",
                "n,, joe wrong e=invalid-proof",
                "n,, keys wrong e=invalid-proof",
                "n,, nobody secret e=invalid-proof",
                "n,, locked secret e=invalid-proof",
                "n,, crypt secret e=invalid-proof",
                "n,, a/b secret e=invalid-proof",
                "n,, jo=2Ce secret e=invalid-proof",
                "n,, jo=2ce secret malformed",
                "n,, jo=e secret malformed",
                "x,, joe secret malformed",
                "n, joe secret malformed",
                "n,,m=1, joe secret e=extensions-not-supported",
                "p=tls-exporter,, joe secret e=channel-binding-not-supported"
            })
    void scramAcceptsAProofAndNothingElse(String gs2, String name, String password, String outcome) throws IOException {
        ScramClient client = new ScramClient(gs2, name, "nonce", password);
        assertThat(scram(SaslMechanism.SCRAM_SHA_256, ChannelBindings.none(), client, new byte[0]))
                .as("RFC 5802")
                .isEqualTo(outcome);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "SCRAM_SHA_256_PLUS p=tls-server-end-point,, 010203 joe@a.example",
                "SCRAM_SHA_256_PLUS p=tls-exporter,, 040506 joe@a.example",
                "SCRAM_SHA_256_PLUS p=tls-exporter,, 010203 e=channel-bindings-dont-match",
                "SCRAM_SHA_256_PLUS p=tls-unique,, 010203 e=unsupported-channel-binding-type",
                "SCRAM_SHA_256_PLUS n,, 00 e=channel-bindings-dont-match",
                "SCRAM_SHA_256_PLUS y,, 00 e=server-does-support-channel-binding",
                "SCRAM_SHA_256 y,, 00 e=server-does-support-channel-binding",
                "SCRAM_SHA_256 p=tls-exporter,, 040506 e=channel-binding-not-supported"
            })
    void channelBindingIsCheckedAndItsDowngradeSeen(SaslMechanism mechanism, String gs2, String hex, String outcome)
            throws IOException {
        byte[] channel = new java.math.BigInteger(hex, 16).toByteArray();
        assertThat(scram(mechanism, TLS, new ScramClient(gs2, "joe", "nonce", "secret"), channel))
                .as("RFC 5802, section 6")
                .isEqualTo(outcome);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody", "locked", "crypt", "a/b"})
    void whoCannotUseScramLooksLikeSomebodyWhoCan(String name) throws IOException {
        assertThat(scram(
                        SaslMechanism.SCRAM_SHA_256,
                        ChannelBindings.none(),
                        new ScramClient("n,,", "keys", "x", "secret"),
                        new byte[0]))
                .isEqualTo("keys@a.example");
        String first = offer(name);
        assertThat(first).isEqualTo(offer(name)).isNotEqualTo(offer("nobody2"));
        assertThat(first).matches("[A-Za-z0-9+/]{22}==,i=5000");
    }

    private String offer(String name) throws IOException {
        SaslStep step = begin(SaslMechanism.SCRAM_SHA_256).respond(octets("n,,n=" + name + ",r=x"));
        return new String(((SaslStep.Challenge) step).data(), UTF_8).split(",s=", 2)[1];
    }

    @Test
    void aTokenStaysWithItsDomainWhateverTheDelimiterAndThePolicy() throws IOException {
        Logins others = logins(LoginResolver.over(directory)
                .withSplitter(LoginSplitter.atLastOf("@%"))
                .withPolicy(DomainPolicy.connectionWins()));
        DomainChoice atB = new DomainChoice.Hosted(Domain.of("b.example"), "test");
        for (String asked : List.of("", "joe", "joe%a.example", "joe@b.example")) {
            SaslExchange exchange = others.begin(SaslMechanism.XOAUTH2, atB, ChannelBindings.none());
            String request = "user=" + asked + "^auth=Bearer percent^^";
            assertThat(accepted(exchange.respond(octets(request)))).as(asked).isIn("challenge", "malformed");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "LOGIN", "SCRAM_SHA_256", "XOAUTH2"})
    void everyMechanismPreparesNames(SaslMechanism mechanism) throws IOException {
        String wide = "\uff4aoe@a.example"; // a full-width j
        SaslExchange exchange = begin(mechanism);
        String outcome = switch (mechanism) {
            case PLAIN -> accepted(exchange.respond(octets("|" + wide + "|secret")));
            case LOGIN -> {
                assertThat(accepted(exchange.respond(octets(wide)))).isEqualTo("challenge");
                yield accepted(exchange.respond(octets("secret")));
            }
            case XOAUTH2 -> accepted(exchange.respond(octets("user=" + wide + "^auth=Bearer joe-a^^")));
            default ->
                scram(mechanism, ChannelBindings.none(), new ScramClient("n,,", wide, "x", "secret"), new byte[0]);
        };
        assertThat(outcome).as("RFC 4616, section 2").isEqualTo("joe@a.example");
    }

    @Test
    void theSaltsOfASecretSurviveARestart() throws IOException {
        byte[] secret = "0123456789abcdef".getBytes(UTF_8);
        for (String name : List.of("joe", "nobody")) {
            assertThat(salt(logins.withScramSecret(secret), name))
                    .isEqualTo(salt(logins(LoginResolver.over(directory)).withScramSecret(secret), name))
                    .isNotEqualTo(salt(logins, name));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> logins.withScramSecret(new byte[15]));
    }

    private static String salt(Logins server, String name) throws IOException {
        SaslStep step = server.begin(SaslMechanism.SCRAM_SHA_256, AT_A, ChannelBindings.none())
                .respond(octets("n,,n=" + name + ",r=x"));
        return new String(((SaslStep.Challenge) step).data(), UTF_8).split(",s=", 2)[1];
    }

    @Test
    void aNonceOfAnotherExchangeIsRefused() throws IOException {
        ScramClient client = new ScramClient("n,,", "joe", "x", "secret");
        SaslExchange one = begin(SaslMechanism.SCRAM_SHA_256);
        byte[] last = client.last(((SaslStep.Challenge) one.respond(client.first())).data(), new byte[0]);
        SaslExchange other = begin(SaslMechanism.SCRAM_SHA_256);
        assertThat(accepted(other.respond(client.first()))).isEqualTo("challenge");
        assertThat(outcome(other.respond(last))).as("a replay").isEqualTo("e=other-error");
        assertThat(outcome(one.respond(last))).isEqualTo("joe@a.example");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "OAUTHBEARER; n,a=joe@a.example,^host=h^port=110^auth=Bearer joe-a^^; joe@a.example",
                "OAUTHBEARER; n,,^auth=bearer joe-b^^; joe@b.example",
                "OAUTHBEARER; n,,^auth=Bearer bare^^; joe@a.example",
                "OAUTHBEARER; n,a=joe@b.example,^auth=Bearer joe-a^^; challenge",
                "OAUTHBEARER; n,,^auth=Bearer nobody^^; challenge",
                "OAUTHBEARER; n,,^auth=Bearer locked^^; challenge",
                "OAUTHBEARER; n,,^auth=^^; challenge",
                "OAUTHBEARER; n,,^^; challenge",
                "OAUTHBEARER; n,,^auth=Bearer joe-a^; malformed",
                "OAUTHBEARER; n,,^auth=Bearer x^auth=Bearer joe-a^^; malformed",
                "OAUTHBEARER; p=tls-exporter,,^auth=Bearer joe-a^^; malformed",
                "OAUTHBEARER; ^; malformed",
                "XOAUTH2; user=joe@a.example^auth=Bearer joe-a^^; joe@a.example",
                "XOAUTH2; user=joe@a.example^auth=Bearer expired^^; challenge",
                "XOAUTH2; user=joe@b.example^auth=Bearer joe-a^^; challenge",
                "XOAUTH2; user=^auth=Bearer joe-a^^; malformed"
            })
    void aTokenIsGoodForItsAccountAlone(SaslMechanism mechanism, String message, String outcome) throws IOException {
        SaslExchange exchange = begin(mechanism);
        assertThat(accepted(exchange.respond(octets(message)))).as("RFC 7628").isEqualTo(outcome);
        if (outcome.equals("challenge")) {
            assertThat(accepted(exchange.respond(octets("^"))))
                    .as("RFC 7628, section 3.2.3")
                    .isEqualTo("rejected");
        }
    }

    @Test
    void theErrorOfATokenIsJson() throws IOException {
        SaslStep step = begin(SaslMechanism.OAUTHBEARER).respond(octets("n,,^auth=Bearer expired^^"));
        assertThat(((SaslStep.Challenge) step).data())
                .asString()
                .isEqualTo("{\"status\":\"invalid_token\",\"schemes\":\"bearer\",\"scope\":\"mail \\\"all\\\"\","
                        + "\"openid-configuration\":\"https://id.example/c\"}");
    }

    @Test
    void aConnectionThatWinsGivesNobodySomebodyElsesMail() throws IOException {
        Logins connectionWins = logins(LoginResolver.over(directory).withPolicy(DomainPolicy.connectionWins()));
        SaslExchange exchange = connectionWins.begin(SaslMechanism.OAUTHBEARER, AT_A, ChannelBindings.none());
        assertThat(accepted(exchange.respond(octets("n,,^auth=Bearer joe-b^^"))))
                .isEqualTo("challenge");
    }

    @Test
    void aProviderThatIsAwayIsNoRejection() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> begin(SaslMechanism.XOAUTH2).respond(octets("user=joe^auth=Bearer away^^")))
                .withMessage("the provider is away");
        assertThat(BearerToken.parse("hunter2").orElseThrow().toString()).doesNotContain("hunter2");
    }

    @Test
    void apopIsTheExampleOfRfc1939() throws IOException {
        Directory tanstaaf =
                Directory.inMemory().account("mrose@a.example", "tanstaaf").build();
        Logins apop =
                new Logins(LoginResolver.over(tanstaaf), Authenticator.over(tanstaaf), tanstaaf, Optional.empty());
        String timestamp = "<1896.697170952@dbc.mtview.ca.us>";
        String digest = "c4c9334bac560ecc979e58001b3e22fb";
        assertThat(apop.apop("mrose", timestamp, digest, AT_A)).isInstanceOf(LoginResult.Accepted.class);
        assertThat(apop.apop("mrose", timestamp + "x", digest, AT_A)).isInstanceOf(LoginResult.Rejected.class);
        assertThat(apop.apop("mrose", timestamp, "", AT_A)).isInstanceOf(LoginResult.Rejected.class);
        assertThat(apop.apop("nobody", timestamp, digest, AT_A)).isInstanceOf(LoginResult.Rejected.class);
        assertThat(logins.apop("crypt", timestamp, digest, AT_A)).isInstanceOf(LoginResult.Rejected.class);
        assertThat(logins.apop("locked", timestamp, digest, AT_A)).isInstanceOf(LoginResult.Rejected.class);
    }

    @ParameterizedTest
    @EnumSource(SaslMechanism.class)
    void garbageIsNeverAcceptedAndNeverAnException(SaslMechanism mechanism) throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        assertThat(logins.password("joe", Password.of("x"), AT_A)) // unknown users cost what joe costs from here on
                .isInstanceOf(LoginResult.Rejected.class);
        String[] whole = {
            "|joe|secre",
            "n,,n=joe,r=x",
            "n,a=joe,^auth=Bearer expired^^",
            "user=joe^auth=Bearer expired^^",
            "c=biws,r=x,p="
        };
        for (int run = 0; run < 2000; run++) {
            SaslExchange exchange = logins.begin(mechanism, AT_A, run % 2 == 0 ? TLS : ChannelBindings.none());
            SaslStep step = exchange.start();
            for (int i = 0; i < 3 && step instanceof SaslStep.Challenge; i++) {
                byte[] message = octets(whole[random.nextInt(whole.length)]);
                byte[] cut = java.util.Arrays.copyOf(message, random.nextInt(message.length + 3));
                if (cut.length > 0 && random.nextBoolean()) {
                    cut[random.nextInt(cut.length)] = (byte) random.nextInt(256);
                }
                step = exchange.respond(cut);
            }
            assertThat(accepted(step)).as("seed %d", seed).isIn("rejected", "malformed");
        }
    }

    @Test
    void aLongRequestOverflowsNoStack() throws IOException {
        String pairs = ("k=" + "v".repeat(300) + "^").repeat(32);
        assertThat(accepted(begin(SaslMechanism.OAUTHBEARER).respond(octets("n,,^" + pairs + "^"))))
                .isEqualTo("challenge");
        assertThat(accepted(begin(SaslMechanism.SCRAM_SHA_256).respond(octets("n,,n=joe,r=x" + ",a=b".repeat(500)))))
                .isEqualTo("challenge");
    }

    @Test
    void base64IsStrict() {
        assertThat(SaslBase64.decode("=")).hasValue(new byte[0]);
        assertThat(SaslBase64.decode("")).hasValue(new byte[0]);
        assertThat(SaslBase64.decode("aGk=")).hasValue(octets("hi"));
        for (String bad : new String[] {"aGk", "aGl=", "aGk==", "aG k=", "a_k=", "*", "=aaa", "aGk=\n", "ü"}) {
            assertThat(SaslBase64.decode(bad)).as(bad).isEmpty();
        }
        assertThat(SaslBase64.decode("A".repeat(20_000))).isEmpty();
    }

    @Test
    void mechanismsNeedTheirChannelOrVerifier() {
        assertThat(logins.mechanisms(TLS)).containsExactlyInAnyOrder(SaslMechanism.values());
        assertThat(logins.mechanisms(ChannelBindings.none())).doesNotContain(SaslMechanism.SCRAM_SHA_256_PLUS);
        assertThat(SaslMechanism.parse("scram-sha-256-plus")).contains(SaslMechanism.SCRAM_SHA_256_PLUS);
        assertThat(SaslMechanism.parse("NTLM")).isEmpty();
    }
}
