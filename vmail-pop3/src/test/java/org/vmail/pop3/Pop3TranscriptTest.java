package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.auth.SaslMechanism;
import org.vmail.auth.TokenResult;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxStore;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.net.TlsContext;
import org.vmail.pop3.conformance.Pop3Conformance;
import org.vmail.pop3.conformance.Transcript;
import org.vmail.pop3.conformance.TranscriptResult;

/**
 * The transcripts of {@code src/test/resources/transcripts} with every store, however the client's octets are cut, and with
 * TLS. Each is performed at the first server that offers what it requires.
 */
class Pop3TranscriptTest {
    private static final long SEED = 1939;
    private static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    static Path folder;

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    /** The servers, by what is set otherwise than usual; in the order in which they are tried. */
    private enum Settings {
        USUAL,
        MORE,
        NO_CLEAR_TEXT,
        OLD_CLIENTS,
        STRICT,
        AS_IS,
        /** Not asked what it offers, since that takes a login. */
        LOGIN_DELAY;

        Pop3Options options() {
            Pop3Options options = Pop3Fixture.OPTIONS;
            return switch (this) {
                case USUAL -> options;
                case MORE ->
                    options.withApop(true)
                            .withSaslMechanisms(EnumSet.allOf(SaslMechanism.class))
                            .withExpireNever();
                case NO_CLEAR_TEXT ->
                    options.withClearTextLogin(ClearTextLogin.NEVER)
                            .withSaslMechanisms(EnumSet.of(SaslMechanism.PLAIN, SaslMechanism.SCRAM_SHA_256));
                case OLD_CLIENTS ->
                    options.withWorkarounds(EnumSet.allOf(Workaround.class)).withExpireDays(30);
                case STRICT ->
                    options.withWorkarounds(Set.of())
                            .withInternationalized(Internationalized.REFUSE)
                            .withSaslMechanisms(Set.of());
                case AS_IS -> options.withInternationalized(Internationalized.AS_IS);
                case LOGIN_DELAY -> options.withLoginDelay(Duration.ofHours(1));
            };
        }

        /** What transcripts may require beside the lines of CAPA. */
        List<String> features() {
            return switch (this) {
                case USUAL, MORE -> List.of("vmail");
                case NO_CLEAR_TEXT -> List.of("vmail", "no-clear-text");
                case OLD_CLIENTS -> List.of("vmail", "oe-ns-eoh", "outlook-no-nuls");
                case STRICT -> List.of("vmail", "no-bare-auth", "no-surrogates");
                case AS_IS -> List.of("vmail", "no-rfc6856");
                case LOGIN_DELAY -> List.of("capa", "resp-codes", "login-delay");
            };
        }
    }

    private interface Conduct {
        TranscriptResult run(Pop3Conformance kit, Transcript transcript) throws IOException;
    }

    /** How a client comes to a server. */
    private interface Way {
        Pop3Conformance to(Pop3Server server, StoreMailbox mailbox) throws IOException;
    }

    /** Servers with one mailbox, started when they are needed. */
    private final class Servers {
        private final StoreMailbox mailbox;
        private final Way way;
        private final Map<Settings, Pop3Conformance> started = new EnumMap<>(Settings.class);

        Servers(StoreMailbox mailbox, Way way) {
            this.mailbox = mailbox;
            this.way = way;
        }

        TranscriptResult run(Transcript transcript, Conduct conduct) throws IOException {
            List<TranscriptResult> skipped = new ArrayList<>();
            for (Settings settings : Settings.values()) {
                TranscriptResult result = conduct.run(kit(settings), transcript);
                if (!(result instanceof TranscriptResult.Skipped)) {
                    return result;
                }
                skipped.add(result);
            }
            return new TranscriptResult.Skipped(transcript.name(), skipped.toString());
        }

        private Pop3Conformance kit(Settings settings) throws IOException {
            Pop3Conformance kit = started.get(settings);
            if (kit == null) {
                kit = way.to(start(settings), mailbox)
                        .withFeatures(settings.features().toArray(String[]::new))
                        .withTimeout(Duration.ofSeconds(5));
                kit = settings == Settings.LOGIN_DELAY ? kit : kit.withOfferedFeatures();
                started.put(settings, kit);
            }
            return kit;
        }

        private Pop3Server start(Settings settings) throws IOException {
            TlsContext tls = TlsContext.builder()
                    .certificate(resource("/tls/chain.pem"), resource("/tls/key.pem"))
                    .build();
            return pop3.start(
                    mailbox,
                    builder -> builder.options(settings.options())
                            .tls(tls)
                            .listenTls(LOOPBACK)
                            .tokenVerifier(token -> token.value().equals(StoreMailbox.TOKEN)
                                    ? new TokenResult.Valid(Pop3Fixture.JOE.toString())
                                    : TokenResult.Invalid.of("another token")));
        }
    }

    @TestFactory
    List<DynamicContainer> everyRuleIsKeptWithEveryStore() throws IOException {
        List<DynamicContainer> stores = new ArrayList<>();
        for (Map.Entry<String, StoreMailbox> mailbox : mailboxes().entrySet()) {
            Servers servers = new Servers(mailbox.getValue(), Pop3TranscriptTest::toBothPorts);
            stores.add(dynamicContainer(mailbox.getKey(), tests(transcript -> {
                TranscriptResult result = servers.run(transcript, Pop3Conformance::run);
                assertThat(result).as("nothing is left out").isNotInstanceOf(TranscriptResult.Skipped.class);
                return result;
            })));
        }
        return stores;
    }

    @TestFactory
    Stream<DynamicTest> everyRuleIsKeptIfEachOctetComesAlone() throws IOException {
        return tests(
                Pop3TranscriptTest::toBothPorts,
                (kit, transcript) -> kit.withSplitting(SEED, 1).run(transcript));
    }

    @TestFactory
    Stream<DynamicTest> everyRuleIsKeptIfAllCommandsComeAtOnce() throws IOException {
        return tests(Pop3TranscriptTest::toBothPorts, Pop3Conformance::runPipelined);
    }

    @TestFactory
    Stream<DynamicTest> everyRuleIsKeptIfSegmentsEndAnywhere() throws IOException {
        return tests(
                Pop3TranscriptTest::toBothPorts,
                (kit, transcript) -> kit.withSplitting(SEED, 12).runPipelined(transcript));
    }

    /** RFC 2595, section 4: TLS changes what may be said, and nothing else. */
    @TestFactory
    Stream<DynamicTest> everyRuleIsKeptBehindStls() throws IOException {
        return tests(
                (server, mailbox) ->
                        Pop3Conformance.of(server.boundAddress(), mailbox).withStls(),
                Pop3Conformance::run);
    }

    /** RFC 8314, section 3.3. */
    @TestFactory
    Stream<DynamicTest> everyRuleIsKeptOnThePortForTls() throws IOException {
        return tests(
                (server, mailbox) ->
                        Pop3Conformance.ofTls(server.boundAddresses().get(1), mailbox),
                Pop3Conformance::run);
    }

    /** A new store is a line here. */
    private static Map<String, StoreMailbox> mailboxes() throws IOException {
        Map<String, StoreMailbox> mailboxes = new LinkedHashMap<>();
        mailboxes.put("in memory", StoreMailbox.in(InMemoryStore::new));
        mailboxes.put("Maildir", StoreMailbox.in(() -> MaildirStore.under(Files.createTempDirectory(folder, "root"))));
        mailboxes.put("mbox", StoreMailbox.in(() -> MboxStore.under(Files.createTempDirectory(folder, "root"))));
        return mailboxes;
    }

    private interface Performing {
        TranscriptResult run(Transcript transcript) throws IOException;
    }

    private Stream<DynamicTest> tests(Way way, Conduct conduct) throws IOException {
        Servers servers = new Servers(StoreMailbox.in(InMemoryStore::new), way);
        return tests(transcript -> servers.run(transcript, conduct));
    }

    private static Stream<DynamicTest> tests(Performing performing) {
        return Pop3Conformance.transcripts()
                .map(transcript -> dynamicTest(transcript.name(), () -> check(performing.run(transcript))));
    }

    private static void check(TranscriptResult result) {
        assumeFalse(result instanceof TranscriptResult.Skipped, result::toString);
        if (result instanceof TranscriptResult.Failed failed) {
            fail(failed.report());
        }
    }

    private static Pop3Conformance toBothPorts(Pop3Server server, StoreMailbox mailbox) {
        return Pop3Conformance.of(server.boundAddress(), mailbox)
                .withTls(server.boundAddresses().get(1));
    }

    private static Path resource(String name) {
        URL url = Pop3TranscriptTest.class.getResource(name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
