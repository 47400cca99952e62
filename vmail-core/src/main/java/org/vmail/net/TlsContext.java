package org.vmail.net;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Ints;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import org.vmail.internal.Durations;

/**
 * What a server needs to speak TLS 1.2 and 1.3: its certificates, and the sessions that clients may resume. Immutable and
 * thread-safe; servers may share one. There is nothing to close.
 *
 * <p>Certificates come from PEM files, one pair of files for each. The client's wish for a host name (RFC 6066, section 3)
 * chooses among them by the DNS names of the certificates; the first one that was given is for all other clients. Where
 * there are an ECDSA and an RSA certificate for a host, each client gets the one that it can use, ECDSA by preference, which
 * costs the server far less.
 *
 * <p>Changed files are read again without a restart. Open connections keep what they have, and sessions can be resumed
 * across the change.
 */
public final class TlsContext {
    private static final String TLS_1_3 = "TLSv1.3";
    private static final Set<String> PROTOCOLS = Set.of(TLS_1_3, "TLSv1.2");

    private final SSLContext context;
    private final SSLParameters parameters;
    private final Runnable beforeHandshake;

    private TlsContext(SSLContext context, SSLParameters parameters, Runnable beforeHandshake) {
        this.context = context;
        this.parameters = parameters;
        this.beforeHandshake = beforeHandshake;
    }

    /**
     * Begins with no certificate and with the defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Uses an embedder's own context, of any provider, with its certificates, cipher suites and session limits. Of its
     * default protocols only TLS 1.2 and 1.3 are spoken.
     *
     * @param context an initialised context with a key manager that serves {@link SSLEngine}s
     * @return what servers take
     * @throws IllegalArgumentException if the context is for neither TLS 1.2 nor 1.3
     */
    public static TlsContext of(SSLContext context) {
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(common(parameters.getProtocols(), PROTOCOLS));
        return new TlsContext(context, parameters, () -> {});
    }

    /**
     * Makes the engine for one connection of a client. If it is time to look for changed files, this does so first.
     *
     * @return an engine in server mode, for the caller alone
     */
    public SSLEngine newEngine() {
        beforeHandshake.run();
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setSSLParameters(parameters);
        return engine;
    }

    private static String[] common(String[] available, Set<String> wanted) {
        String[] common = Arrays.stream(available).filter(wanted::contains).toArray(String[]::new);
        checkArgument(common.length > 0, "The TLS context supports none of %s", wanted);
        return common;
    }

    /** Collects certificates and options. Not thread-safe. */
    public static final class Builder {
        private final List<Path> chains = new ArrayList<>();
        private final List<Path> keys = new ArrayList<>();
        private Duration reloadInterval = Duration.ofSeconds(10);
        private Duration sessionTimeout = Duration.ofHours(4);
        private int sessionCacheSize = 4096;
        private int warmUp;
        private Set<String> protocols = PROTOCOLS;
        private Optional<Provider> provider = Optional.empty();
        private LongSupplier clock = System::nanoTime;

        private Builder() {}

        /**
         * Adds a certificate. The first one is also for clients that ask for an unknown host or for none.
         *
         * <p>Both files may be one. They are read as certificate authorities' programs and OpenSSL write them: other
         * blocks and text around them are skipped, and a key may be in PKCS #8, PKCS #1 or SEC 1 form, but not encrypted.
         * A file may have 1 MiB.
         *
         * @param chain a PEM file that begins with the server's certificate, followed by those that lead to the authority
         * @param key a PEM file with the private key
         * @return this builder
         */
        public Builder certificate(Path chain, Path key) {
            chains.add(chain);
            keys.add(key);
            return this;
        }

        /**
         * Sets how often the files are looked at, which a handshake does if it is time: by time, size and identity of what
         * the paths lead to, so a changed symbolic link counts. Files that are not in order change nothing, are logged
         * once as an error, and are tried again.
         *
         * @param interval the shortest time between two looks; zero means never; default 10 seconds
         * @return this builder
         */
        public Builder reloadInterval(Duration interval) {
            checkArgument(!interval.isNegative(), "The reload interval must not be negative");
            Durations.checkBounded(interval, "The reload interval");
            this.reloadInterval = interval;
            return this;
        }

        /**
         * Sets how long clients can resume a session, which saves most of the cost of a handshake.
         *
         * @param timeout at least a second, at most 7 days (RFC 8446, section 4.6.1); default 4 hours
         * @return this builder
         */
        public Builder sessionTimeout(Duration timeout) {
            checkArgument(
                    timeout.toSeconds() >= 1 && timeout.compareTo(Duration.ofDays(7)) <= 0,
                    "The session timeout must be from 1 second to 7 days");
            this.sessionTimeout = timeout;
            return this;
        }

        /**
         * Sets how many sessions the server remembers, for clients that do not keep tickets. A session takes a few
         * kilobytes; the oldest is forgotten first.
         *
         * @param sessions at least 1; default 4096
         * @return this builder
         */
        public Builder sessionCacheSize(int sessions) {
            checkArgument(sessions > 0, "The number of sessions must be positive");
            this.sessionCacheSize = sessions;
            return this;
        }

        /**
         * Sets how many handshakes {@link #build} holds with itself, in memory, for each kind of key. The first handshakes
         * of a JVM cost many times more than later ones, and so the first clients need not wait.
         *
         * @param handshakes zero or more; default 0
         * @return this builder
         */
        public Builder warmUp(int handshakes) {
            checkArgument(handshakes >= 0, "The number of handshakes must not be negative");
            this.warmUp = handshakes;
            return this;
        }

        /**
         * Refuses TLS 1.2. By default both 1.2 and 1.3 are spoken, 1.2 with ephemeral elliptic-curve keys only.
         *
         * @return this builder
         */
        public Builder onlyTls13() {
            this.protocols = Set.of(TLS_1_3);
            return this;
        }

        /**
         * Sets who implements TLS, such as Conscrypt. A provider that only implements cryptography, such as Amazon
         * Corretto's, is installed in the JVM instead.
         *
         * @param tls a provider with an {@link SSLContext}; default: the JVM's first
         * @return this builder
         */
        public Builder provider(Provider tls) {
            checkArgument(
                    tls.getService("SSLContext", "TLS") != null, "The provider %s has no SSLContext", tls.getName());
            this.provider = Optional.of(tls);
            return this;
        }

        /** Sets what tells the time of the reload interval, in nanoseconds. */
        Builder clock(LongSupplier nanoClock) {
            this.clock = nanoClock;
            return this;
        }

        /**
         * Reads the files.
         *
         * @return what servers take
         * @throws IOException if a file cannot be read or is not in order; the message names it
         * @throws IllegalStateException if there is no certificate, or the JVM cannot speak TLS
         */
        public TlsContext build() throws IOException {
            if (chains.isEmpty()) {
                throw new IllegalStateException("A TLS server needs a certificate");
            }
            List<CertificateFiles> files = new ArrayList<>();
            for (int i = 0; i < chains.size(); i++) {
                files.add(new CertificateFiles(chains.get(i), keys.get(i), provider));
            }
            ServerCertificates certificates = new ServerCertificates(files, reloadInterval.toNanos(), clock);
            if (warmUp > 0) {
                new TlsWarmUp(contextOf(certificates, () -> {}), certificates.all()).run(warmUp);
            }
            return contextOf(certificates, certificates::refresh);
        }

        private TlsContext contextOf(ServerCertificates certificates, Runnable beforeHandshake) {
            SSLContext context;
            try {
                context = provider.isPresent()
                        ? SSLContext.getInstance("TLS", provider.get())
                        : SSLContext.getInstance("TLS");
                KeyManager[] keyManagers = {new ServerKeyManager(certificates)};
                context.init(keyManagers, new TrustManager[] {new PinnedTrust(Set.of())}, null);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("The JVM cannot speak TLS", e);
            }
            SSLSessionContext sessions = context.getServerSessionContext();
            sessions.setSessionCacheSize(sessionCacheSize);
            sessions.setSessionTimeout(Ints.checkedCast(sessionTimeout.toSeconds()));
            SSLParameters parameters = context.getDefaultSSLParameters();
            parameters.setProtocols(common(context.getSupportedSSLParameters().getProtocols(), protocols));
            parameters.setCipherSuites(Arrays.stream(parameters.getCipherSuites())
                    .filter(Builder::hasForwardSecrecy)
                    .toArray(String[]::new));
            parameters.setUseCipherSuitesOrder(true);
            return new TlsContext(context, parameters, beforeHandshake);
        }

        /** The suites of TLS 1.3, and those with ephemeral keys that cost little: finite-field ones invite floods. */
        private static boolean hasForwardSecrecy(String suite) {
            return !suite.contains("_WITH_") || suite.startsWith("TLS_ECDHE_");
        }
    }
}
