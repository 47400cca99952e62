package org.vmail.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.internal.ManualClock;

class TlsContextTest {
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final SSLContext CLIENT = TestCertificate.client();

    @TempDir
    private Path folder;

    private final ManualClock clock = new ManualClock();

    @ParameterizedTest // RFC 6125, sections 6.4.1 and 6.4.3
    @CsvSource({
        "mail.a.example, mail.a.example",
        "MAIL.A.EXAMPLE, mail.a.example",
        "other.a.example, mail.a.example",
        "mail.b.example, *.b.example",
        "pop.b.example, *.b.example",
        "exact.b.example, exact.b.example",
        "x.y.b.example, mail.a.example",
        "b.example, mail.a.example",
        "second.c.example, mail.c.example",
        "unknown.example, mail.a.example"
    })
    void theCertificateIsForTheHostThatTheClientAsksFor(String asked, String served) throws IOException {
        TlsContext tls = TestCertificate.server(
                        folder,
                        TestCertificate.ec("mail.a.example"),
                        TestCertificate.ec("*.b.example"),
                        TestCertificate.ec("mail.c.example", "second.c.example"),
                        TestCertificate.ec("exact.b.example"))
                .build();
        assertThat(firstName(handshake(tls, asked))).isEqualTo(served);
    }

    @Test
    void aClientThatAsksForNoHostGetsTheFirstCertificate() throws IOException {
        TlsContext tls = TestCertificate.server(
                        folder, TestCertificate.ec("mail.a.example"), TestCertificate.ec("mail.b.example"))
                .build();
        SSLEngine client = CLIENT.createSSLEngine();
        assertThat(firstName(handshake(tls, client))).isEqualTo("mail.a.example");
    }

    @Test // RFC 6125, section 6.4.4
    void theCommonNameCountsOnlyWithoutAlternativeNames() throws IOException {
        TestCertificate old = TestCertificate.selfSigned(
                TestCertificate.newKey("EC", 256), "SHA256withECDSA", "CN=Old.Example, O=Somebody");
        old.write(folder, "old");
        TestCertificate.ec("new.example").write(folder, "new");
        assertThat(load("old").names()).containsExactly("old.example");
        assertThat(load("new").names()).containsExactly("new.example");
    }

    @ParameterizedTest
    @CsvSource({"TLS_ECDHE_RSA_, RSA", "TLS_ECDHE_ECDSA_, EC"})
    void eachClientGetsAKeyThatItCanUse(String suites, String algorithm) throws IOException {
        TlsContext tls = TestCertificate.server(
                        folder,
                        TestCertificate.rsa("mail.a.example"),
                        TestCertificate.ec("mail.b.example"),
                        TestCertificate.ec("mail.a.example"),
                        TestCertificate.rsa("mail.b.example"))
                .build();
        for (String host : new String[] {"mail.a.example", "mail.b.example", "unknown.example"}) {
            SSLEngine client = CLIENT.createSSLEngine(host, 995);
            SSLParameters parameters = client.getSSLParameters();
            parameters.setProtocols(new String[] {"TLSv1.2"});
            parameters.setCipherSuites(Arrays.stream(parameters.getCipherSuites())
                    .filter(suite -> suite.startsWith(suites))
                    .toArray(String[]::new));
            client.setSSLParameters(parameters);
            X509Certificate served = handshake(tls, client);
            assertThat(served.getPublicKey().getAlgorithm()).isEqualTo(algorithm);
            assertThat(firstName(served)).isEqualTo(host.startsWith("unknown") ? "mail.a.example" : host);
        }
    }

    @Test
    void ecdsaIsPreferred() throws IOException {
        TlsContext tls = TestCertificate.server(
                        folder, TestCertificate.rsa("mail.a.example"), TestCertificate.ec("mail.a.example"))
                .build();
        assertThat(handshake(tls, "mail.a.example").getPublicKey().getAlgorithm())
                .isEqualTo("EC");
    }

    @Test
    void changedFilesAreInUseAfterTheIntervalAndNotBefore() throws IOException {
        TlsContext tls = reloading(TestCertificate.ec("mail.a.example"));
        TestCertificate renewed = TestCertificate.rsa("mail.a.example").write(folder, "c0");
        assertThat(handshake(tls, "mail.a.example")).isNotEqualTo(renewed.own());
        clock.advance(INTERVAL);
        assertThat(handshake(tls, "mail.a.example")).isEqualTo(renewed.own());
    }

    @Test
    void aChangeThatIsAsLongAndAsYoungIsSeenToo() throws IOException {
        TlsContext tls = reloading(TestCertificate.ec("mail.a.example"));
        Path chain = folder.resolve("c0.crt");
        var modified = Files.getLastModifiedTime(chain);
        TestCertificate renewed = TestCertificate.ec("mail.a.example").write(folder, "c0");
        Files.setLastModifiedTime(chain, modified);
        clock.advance(INTERVAL);
        assertThat(handshake(tls, "mail.a.example")).isEqualTo(renewed.own());
    }

    @Test
    void aSwitchedSymbolicLinkIsAChange() throws IOException {
        TestCertificate.ec("mail.a.example").write(folder, "one");
        TestCertificate two = TestCertificate.rsa("mail.a.example").write(folder, "two");
        for (String kind : new String[] {".crt", ".key"}) {
            var old = java.nio.file.attribute.FileTime.fromMillis(1_000_000_000_000L);
            Files.setLastModifiedTime(folder.resolve("one" + kind), old);
            Files.setLastModifiedTime(folder.resolve("two" + kind), old);
            Files.createSymbolicLink(folder.resolve("live" + kind), Path.of("one" + kind));
        }
        TlsContext tls = TlsContext.builder()
                .certificate(folder.resolve("live.crt"), folder.resolve("live.key"))
                .clock(clock)
                .build();
        for (String kind : new String[] {".crt", ".key"}) {
            Files.delete(folder.resolve("live" + kind));
            Files.createSymbolicLink(folder.resolve("live" + kind), Path.of("two" + kind));
        }
        clock.advance(INTERVAL);
        assertThat(handshake(tls, "mail.a.example")).isEqualTo(two.own());
    }

    @Test
    void brokenFilesChangeNothingAreLoggedOnceAndTriedAgain() throws IOException {
        TestCertificate first = TestCertificate.ec("mail.a.example");
        TlsContext tls = reloading(first);
        TestCertificate second = TestCertificate.rsa("mail.a.example");
        try (LogRecorder log = new LogRecorder()) {
            Files.writeString(folder.resolve("c0.crt"), second.chainPem());
            for (int i = 0; i < 3; i++) {
                clock.advance(INTERVAL);
                assertThat(handshake(tls, "mail.a.example")).isEqualTo(first.own());
            }
            assertThat(log.texts("does not fit")).singleElement().asString().startsWith("ERROR");
            Files.writeString(folder.resolve("c0.key"), second.keyPem().substring(0, 400));
            clock.advance(INTERVAL);
            assertThat(handshake(tls, "mail.a.example")).isEqualTo(first.own());
            assertThat(log.texts("has no end")).hasSize(1);
            Files.delete(folder.resolve("c0.key"));
            clock.advance(INTERVAL);
            assertThat(handshake(tls, "mail.a.example")).isEqualTo(first.own());
            assertThat(log.texts("does not exist")).hasSize(1);
            second.write(folder, "c0");
            clock.advance(INTERVAL);
            assertThat(handshake(tls, "mail.a.example")).isEqualTo(second.own());
            assertThat(String.join("", log.texts()))
                    .doesNotContain(second.keyPem().substring(40, 80));
        }
    }

    @Test
    void oneBrokenPairDoesNotHoldUpAnother() throws IOException {
        TlsContext tls = reloading(TestCertificate.ec("mail.a.example"), TestCertificate.ec("mail.b.example"));
        TestCertificate renewed = TestCertificate.rsa("mail.b.example").write(folder, "c1");
        Files.writeString(folder.resolve("c0.crt"), "nothing");
        try (LogRecorder log = new LogRecorder()) {
            clock.advance(INTERVAL);
            assertThat(handshake(tls, "mail.b.example")).isEqualTo(renewed.own());
            assertThat(log.texts("ERROR")).hasSize(1);
        }
    }

    @Test
    void withoutAnIntervalFilesAreNeverReadAgain() throws IOException {
        TestCertificate first = TestCertificate.ec("mail.a.example");
        TlsContext tls = TestCertificate.server(folder, first)
                .reloadInterval(Duration.ZERO)
                .clock(clock)
                .build();
        TestCertificate.rsa("mail.a.example").write(folder, "c0");
        clock.advance(Duration.ofDays(30));
        assertThat(handshake(tls, "mail.a.example")).isEqualTo(first.own());
    }

    @Test
    void anAliasMeansTheSameChainAndKeyAfterAChange() throws IOException {
        TestCertificate first = TestCertificate.ec("mail.a.example").write(folder, "c0");
        ServerCertificates certificates = new ServerCertificates(
                java.util.List.of(new CertificateFiles(
                        folder.resolve("c0.crt"), folder.resolve("c0.key"), java.util.Optional.empty())),
                INTERVAL.toNanos(),
                clock);
        ServerKeyManager keys = new ServerKeyManager(certificates);
        String alias = keys.chooseEngineServerAlias("EC", null, null);
        TestCertificate.rsa("mail.a.example").write(folder, "c0");
        clock.advance(INTERVAL);
        certificates.refresh();
        assertThat(keys.chooseEngineServerAlias("EC", null, null)).isNull();
        assertThat(keys.getCertificateChain(alias)).startsWith(first.own());
        assertThat(keys.getPrivateKey(alias)).isEqualTo(first.key());
    }

    @Test
    void warmingUpHoldsHandshakesAndDoesNotDisturb() throws IOException {
        try (LogRecorder log = new LogRecorder()) {
            TlsContext tls = TestCertificate.server(
                            folder, TestCertificate.ec("mail.a.example"), TestCertificate.rsa("mail.a.example"))
                    .warmUp(4)
                    .build();
            assertThat(log.texts("Warming up")).isEmpty();
            assertThat(firstName(handshake(tls, "mail.a.example"))).isEqualTo("mail.a.example");
        }
    }

    @Test
    void onlyVersionsAndSuitesThatAreSafeAreSpoken() throws IOException {
        TlsContext.Builder builder = TestCertificate.server(folder, TestCertificate.ec("mail.a.example"));
        assertThat(builder.build().newEngine().getEnabledProtocols()).containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
        assertThat(builder.build().newEngine().getEnabledCipherSuites())
                .isNotEmpty()
                .allMatch(suite -> suite.startsWith("TLS_ECDHE_") || !suite.contains("_WITH_"));
        assertThat(builder.onlyTls13().build().newEngine().getEnabledProtocols())
                .containsExactly("TLSv1.3");
    }

    @Test
    void anEmbeddersContextServesAsItIs() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        SSLEngine engine = TlsContext.of(context).newEngine();
        assertThat(engine.getUseClientMode()).isFalse();
        assertThat(engine.getEnabledProtocols()).containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
    }

    @Test
    void aProviderIsAsked() throws IOException {
        TlsContext tls = TestCertificate.server(folder, TestCertificate.ec("mail.a.example"))
                .provider(Security.getProvider("SunJSSE"))
                .build();
        assertThat(firstName(handshake(tls, "mail.a.example"))).isEqualTo("mail.a.example");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TlsContext.builder().provider(Security.getProvider("SUN")))
                .withMessageContaining("SUN");
    }

    @Test
    void whatIsNotInOrderAtTheStartIsNamed() throws IOException {
        TestCertificate.ec("mail.a.example").write(folder, "ec");
        TestCertificate.rsa("mail.a.example").write(folder, "rsa");
        Path chain = folder.resolve("ec.crt");
        Path key = folder.resolve("ec.key");
        Path other = folder.resolve("rsa.key");
        assertThatIOException()
                .isThrownBy(() -> TlsContext.builder().certificate(chain, other).build())
                .withMessageContainingAll(chain.toString(), other.toString(), "does not fit");
        assertThatIOException()
                .isThrownBy(() -> TlsContext.builder().certificate(key, key).build())
                .withMessage(key + " holds no certificate");
        assertThatIOException()
                .isThrownBy(() -> TlsContext.builder().certificate(chain, chain).build())
                .withMessage(chain + " holds no private key");
        Path absent = folder.resolve("absent");
        assertThatIOException()
                .isThrownBy(() -> TlsContext.builder().certificate(absent, key).build())
                .withMessage(absent + " does not exist");
        assertThatIllegalStateException().isThrownBy(() -> TlsContext.builder().build());
    }

    @Test
    void anExpiredCertificateIsServedWithAWarning() throws IOException {
        try (LogRecorder log = new LogRecorder()) {
            TestCertificate.server(folder, TestCertificate.of(TestCertificate.newKey("EC", 256), -1, "a.example"))
                    .build();
            assertThat(log.texts("has expired")).singleElement().asString().startsWith("WARN");
        }
    }

    @Test
    void boundsThatAreNoneAreRefused() {
        TlsContext.Builder builder = TlsContext.builder();
        assertThatIllegalArgumentException().isThrownBy(() -> builder.reloadInterval(Duration.ofNanos(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.sessionTimeout(Duration.ofMillis(999)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.sessionTimeout(Duration.ofDays(8)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.sessionCacheSize(0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.warmUp(-1));
    }

    private TlsContext reloading(TestCertificate... certificates) throws IOException {
        return TestCertificate.server(folder, certificates)
                .reloadInterval(INTERVAL)
                .clock(clock)
                .build();
    }

    private ServerCertificate load(String name) throws IOException {
        return ServerCertificate.load(
                folder.resolve(name + ".crt"), folder.resolve(name + ".key"), java.util.Optional.empty());
    }

    private static X509Certificate handshake(TlsContext tls, String host) throws SSLException {
        return handshake(tls, CLIENT.createSSLEngine(host, 995));
    }

    /** The certificate that a client gets. */
    private static X509Certificate handshake(TlsContext tls, SSLEngine client) throws SSLException {
        client.setUseClientMode(true);
        TlsWarmUp.handshake(client, tls.newEngine());
        return (X509Certificate) client.getSession().getPeerCertificates()[0];
    }

    private static String firstName(X509Certificate certificate) {
        try {
            return (String)
                    certificate.getSubjectAlternativeNames().iterator().next().get(1);
        } catch (java.security.cert.CertificateException e) {
            throw new IllegalStateException(e);
        }
    }
}
