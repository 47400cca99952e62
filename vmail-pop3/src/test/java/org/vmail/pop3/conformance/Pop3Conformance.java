package org.vmail.pop3.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Asks a POP3 server, whoever wrote it, whether it keeps the rules: plain-text {@linkplain Transcript transcripts}, each of
 * one rule of an RFC, are performed over real connections.
 *
 * <p>In a JUnit 5 test of one's own:
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> keepsTheRules() throws IOException {
 *     Pop3Conformance pop3 = Pop3Conformance.of(serverAddress, mailbox).withOfferedFeatures();
 *     return Pop3Conformance.transcripts().map(transcript -> dynamicTest(transcript.name(), () -> {
 *         TranscriptResult result = pop3.run(transcript);
 *         assumeFalse(result instanceof TranscriptResult.Skipped, result::toString);
 *         if (result instanceof TranscriptResult.Failed failed) {
 *             fail(failed.report());
 *         }
 *     }));
 * }
 * }</pre>
 *
 * <p>{@link ConformanceReport} does the same from a command line. Needs nothing but the JDK. Immutable, and each {@code
 * with…} method returns a changed copy; one transcript at a time, because they share a mailbox.
 */
public final class Pop3Conformance {
    private static final Step.TlsWish NO_WISH = new Step.TlsWish(Optional.empty(), Optional.empty(), Optional.empty());
    private static final String IN_USE = "'-ERR [IN-USE]";
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    private final Optional<InetSocketAddress> plainAddress;
    private final Optional<InetSocketAddress> tlsAddress;
    private final boolean byStls;
    private final MailboxFixture fixture;
    private final Set<String> features;
    private final Duration timeout;
    private final Optional<Long> splitting;
    private final int maxPiece;

    private Pop3Conformance(
            Optional<InetSocketAddress> plainAddress,
            Optional<InetSocketAddress> tlsAddress,
            boolean byStls,
            MailboxFixture fixture,
            Set<String> features,
            Duration timeout,
            Optional<Long> splitting,
            int maxPiece) {
        this.plainAddress = plainAddress;
        this.tlsAddress = tlsAddress;
        this.byStls = byStls;
        this.fixture = fixture;
        this.features = Set.copyOf(features);
        this.timeout = timeout;
        this.splitting = splitting;
        this.maxPiece = maxPiece;
    }

    /**
     * A server that speaks plain POP3, with no features but those of RFC 1939, sections 3 to 6.
     *
     * @param server where it listens
     * @param fixture the account to log in with
     * @return the settings
     */
    public static Pop3Conformance of(InetSocketAddress server, MailboxFixture fixture) {
        return new Pop3Conformance(
                Optional.of(server), Optional.empty(), false, fixture, Set.of(), DEFAULT_TIMEOUT, Optional.empty(), 1);
    }

    /**
     * A server that has no port but one with TLS from the first octet. Transcripts that want the other kind run there all
     * the same, unless they need STLS, which is not offered there.
     *
     * @param server where it listens
     * @param fixture the account to log in with
     * @return the settings
     */
    public static Pop3Conformance ofTls(InetSocketAddress server, MailboxFixture fixture) {
        return new Pop3Conformance(
                Optional.empty(),
                Optional.of(server),
                false,
                fixture,
                Set.of("tls"),
                DEFAULT_TIMEOUT,
                Optional.empty(),
                1);
    }

    /**
     * Adds the port with TLS from the first octet (RFC 8314, section 3.3).
     *
     * @param server where it listens
     * @return the changed copy, which has the feature {@code tls}
     */
    public Pop3Conformance withTls(InetSocketAddress server) {
        return new Pop3Conformance(
                        plainAddress, Optional.of(server), byStls, fixture, features, timeout, splitting, maxPiece)
                .withFeatures("tls");
    }

    /**
     * Begins TLS with STLS (RFC 2595, section 4) on every connection before the transcript begins, which must change nothing.
     *
     * @return the changed copy
     */
    public Pop3Conformance withStls() {
        return new Pop3Conformance(plainAddress, tlsAddress, true, fixture, features, timeout, splitting, maxPiece);
    }

    /**
     * Adds features, which are what transcripts require.
     *
     * @param names for instance {@code top}, {@code sasl plain}, {@code vmail}
     * @return the changed copy
     */
    public Pop3Conformance withFeatures(String... names) {
        Set<String> more = new TreeSet<>(features);
        more.addAll(List.of(names));
        return new Pop3Conformance(plainAddress, tlsAddress, byStls, fixture, more, timeout, splitting, maxPiece);
    }

    /**
     * Connects and adds the features that the server names itself: the lines of CAPA (RFC 2449, section 5) before and after
     * the login, and {@code apop} if the greeting has a timestamp (RFC 1939, section 7).
     *
     * @return the changed copy
     * @throws IOException if the server cannot be reached or does not let the account in
     */
    public Pop3Conformance withOfferedFeatures() throws IOException {
        return withFeatures(OfferedFeatures.ask(this).toArray(String[]::new));
    }

    /**
     * Sets how long the server may take for an answer.
     *
     * @param time positive; default 10 seconds
     * @return the changed copy
     */
    public Pop3Conformance withTimeout(Duration time) {
        return new Pop3Conformance(plainAddress, tlsAddress, byStls, fixture, features, time, splitting, maxPiece);
    }

    /**
     * Sends everything in pieces, which must change nothing.
     *
     * @param seed decides where the pieces end
     * @param maxOctets how long they are at most; 1 splits at every octet
     * @return the changed copy
     */
    public Pop3Conformance withSplitting(long seed, int maxOctets) {
        return new Pop3Conformance(
                plainAddress, tlsAddress, byStls, fixture, features, timeout, Optional.of(seed), maxOctets);
    }

    /**
     * The transcripts of this kit, in the order of their names.
     *
     * @return a stream that holds nothing open
     */
    public static Stream<Transcript> transcripts() {
        try {
            URI kit = Pop3Conformance.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
            Path place = Path.of(kit);
            if (Files.isDirectory(place)) {
                return transcripts(place.resolve("transcripts"));
            }
            try (FileSystem jar = FileSystems.newFileSystem(place)) {
                return transcripts(jar.getPath("transcripts"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Transcripts of one's own.
     *
     * @param folder with files that end in {@code .txt}
     * @return a stream that holds nothing open
     * @throws IOException if they cannot be read
     * @throws IllegalArgumentException if one cannot be understood
     */
    public static Stream<Transcript> transcripts(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
        Stream.Builder<Transcript> transcripts = Stream.builder();
        for (Path file : files) {
            String name = file.getFileName().toString();
            transcripts.add(Transcript.parse(name.substring(0, name.length() - 4), Files.readString(file, UTF_8)));
        }
        return transcripts.build();
    }

    /**
     * Performs a transcript.
     *
     * @param transcript which
     * @return what became of it
     * @throws IOException if the server cannot be reached or the fixture fails
     */
    public TranscriptResult run(Transcript transcript) throws IOException {
        return run(transcript, false);
    }

    /**
     * Performs a transcript, but sends all that the client says at once, before the first reply is read (RFC 2449, section
     * 6.6), which must change nothing. Transcripts in which the client has to listen first, are skipped.
     *
     * @param transcript which
     * @return what became of it
     * @throws IOException if the server cannot be reached or the fixture fails
     */
    public TranscriptResult runPipelined(Transcript transcript) throws IOException {
        return run(transcript, true);
    }

    private TranscriptResult run(Transcript transcript, boolean pipelined) throws IOException {
        Set<String> missing = new TreeSet<>(transcript.requires());
        missing.removeAll(features);
        if (transcript.messages().isPresent() && !fixture.canReset()) {
            missing.add("a mailbox that can be filled");
        }
        if (transcript.hasDelivery() && !fixture.canDeliver()) {
            missing.add("a mailbox that takes mail at any time");
        }
        if (fixture.token().isPresent()) {
            missing.remove("token");
        }
        if (plainAddress.isPresent() && !byStls) {
            missing.remove("clear-text");
        }
        if (splitting.isEmpty()) {
            missing.remove("one-segment");
        }
        if (!missing.isEmpty()) {
            return new TranscriptResult.Skipped(transcript.name(), "needs " + String.join(", ", missing));
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        TranscriptResult result = performOnce(transcript, pipelined);
        while (result instanceof TranscriptResult.Failed failed
                && failed.came().startsWith(IN_USE)
                && System.nanoTime() - deadline < 0) {
            // The session of an earlier transcript, which was left without QUIT, may still be on its way out.
            result = performOnce(transcript, pipelined);
        }
        return result;
    }

    private TranscriptResult performOnce(Transcript transcript, boolean pipelined) throws IOException {
        try (Performance performance = new Performance(transcript, this)) {
            if (pipelined && !performance.canBePipelined()) {
                return new TranscriptResult.Skipped(transcript.name(), "the client has to listen before it speaks");
            }
            reset(transcript);
            try {
                if (pipelined) {
                    performance.performPipelined();
                } else {
                    performance.perform();
                }
                return new TranscriptResult.Passed(transcript.name());
            } catch (Mismatch e) {
                return failed(transcript, performance.line(), e.getMessage());
            }
        }
    }

    private void reset(Transcript transcript) throws IOException {
        if (transcript.messages().isPresent()) {
            fixture.reset(transcript.messages().get().stream()
                    .map(SeedMessages::octets)
                    .toList());
        }
    }

    private static TranscriptResult.Failed failed(Transcript transcript, int line, String came) {
        StringBuilder report = new StringBuilder(transcript.name());
        for (int i = 0; i < transcript.lines().size(); i++) {
            report.append(i + 1 == line ? "\n==> " : "\n    ")
                    .append(transcript.lines().get(i));
            if (i + 1 == line) {
                report.append("\n    came: ").append(came);
            }
        }
        return new TranscriptResult.Failed(
                transcript.name(), line, came, report.append('\n').toString());
    }

    MailboxFixture fixture() {
        return fixture;
    }

    Duration timeout() {
        return timeout;
    }

    Optional<Long> splitting() {
        return splitting;
    }

    int maxPiece() {
        return maxPiece;
    }

    InetSocketAddress address(boolean implicitTls) {
        return startsWithTls(implicitTls) ? tlsAddress.orElseThrow() : plainAddress.orElseThrow();
    }

    boolean hasTlsPort() {
        return tlsAddress.isPresent();
    }

    /** Begins TLS on a new connection if it needs it before a transcript can begin. */
    void encrypt(Talk talk, boolean implicitTls) throws IOException, Mismatch {
        if (startsWithTls(implicitTls)) {
            talk.startTls(NO_WISH);
        } else if (byStls) {
            talk.startTlsByStls(NO_WISH);
        }
    }

    private boolean startsWithTls(boolean implicitTls) {
        return implicitTls || plainAddress.isEmpty();
    }

    @Override
    public String toString() {
        return "POP3 server at " + plainAddress.or(() -> tlsAddress).orElseThrow() + " with "
                + String.join(", ", features).toLowerCase(Locale.ROOT);
    }
}
