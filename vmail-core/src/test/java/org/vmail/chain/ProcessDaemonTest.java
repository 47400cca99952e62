package org.vmail.chain;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmail.net.internal.ProxyHeader;

@Timeout(30)
class ProcessDaemonTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final ChainOptions HASTY = ChainOptions.defaults().withTerminationGrace(SHORT);

    private final List<ClientPair> opened = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeAll
    static void needsAUnixSystem() {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh");
    }

    @AfterEach
    void closeAll() throws Exception {
        for (ClientPair each : opened) {
            each.close();
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS))
                .as("every connection is over")
                .isTrue();
    }

    @AfterAll
    static void noThreadIsLeft() {
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("vmail-chain")));
    }

    @Test
    void theProgramGreetsAndReadsEverythingItself() throws Exception {
        Chained chained = chain(HASTY, "echo +OK native; read command; echo \"+OK $command\"");
        assertThat(chained.line()).isEqualTo("+OK native");
        chained.send("USER joe\n");
        assertThat(chained.line()).isEqualTo("+OK USER joe");
        assertThat(chained.rest()).isEmpty();
        chained.client().close();
        chained.awaitEnd();
    }

    @Test
    void muchIsCopiedBothWaysAtOnceOctetForOctetUntilTheClientEnds() throws Exception {
        Chained chained = chain(NativeDaemon.process(List.of("/bin/cat"), HASTY));
        byte[] much = new byte[4 << 20];
        new Random(1).nextBytes(much);
        CompletableFuture<Void> sent = run(() -> {
            ByteBuffer pending = ByteBuffer.wrap(much);
            while (pending.hasRemaining()) {
                chained.client().write(pending);
            }
            chained.client().shutdownOutput();
        });
        assertThat(Channels.newInputStream(chained.client()).readAllBytes()).isEqualTo(much);
        sent.get();
        chained.awaitEnd();
    }

    @Test
    void whatTheProgramWroteJustBeforeItsEndArrives() throws Exception {
        for (int i = 0; i < 20; i++) {
            Chained chained = chain(HASTY, "head -c 60000 /dev/zero");
            assertThat(Channels.newInputStream(chained.client()).readAllBytes()).hasSize(60_000);
            chained.client().close();
            chained.awaitEnd();
        }
    }

    /** As <a href="https://cr.yp.to/proto/ucspi.txt">UCSPI</a> says for TCP. */
    @Test
    void theProgramLearnsWhoTheClientIsAndNoneOfOurSecrets() throws Exception {
        ChainOptions options = HASTY.withEnvironment(Map.of("MAILDIR", "/m", "TCPREMOTEIP", "forged"));
        Chained chained = chain(NativeDaemon.process(List.of("/usr/bin/env"), options));
        Map<String, String> environment = chained.rest()
                .lines()
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(line -> line[0], line -> line[1]));
        InetSocketAddress client = (InetSocketAddress) chained.client().getLocalAddress();
        InetSocketAddress target = (InetSocketAddress) chained.client().getRemoteAddress();
        assertThat(environment)
                .containsEntry("PROTO", "TCP")
                .containsEntry("TCPREMOTEIP", "127.0.0.1")
                .containsEntry("TCPREMOTEPORT", String.valueOf(client.getPort()))
                .containsEntry("TCPLOCALIP", "127.0.0.1")
                .containsEntry("TCPLOCALPORT", String.valueOf(target.getPort()))
                .containsEntry("MAILDIR", "/m")
                .containsEntry("PATH", System.getenv("PATH"));
        assertThat(environment.keySet())
                .isSubsetOf(
                        "PROTO",
                        "TCPREMOTEIP",
                        "TCPREMOTEPORT",
                        "TCPLOCALIP",
                        "TCPLOCALPORT",
                        "VMAIL_PROCESS",
                        "MAILDIR",
                        "PATH",
                        "HOME",
                        "TZ",
                        "LANG",
                        "LC_ALL");
        chained.client().close();
        chained.awaitEnd();
    }

    @Test
    void theProgramCanHaveAProxyHeader() throws Exception {
        Chained chained = chain(NativeDaemon.process(List.of("/bin/cat"), HASTY.withProxyHeader(ProxyVersion.V2)));
        ProxyHeader header = ProxyHeader.read(chained.client()).orElseThrow();
        assertThat(header.route().orElseThrow().source())
                .isEqualTo(chained.client().getLocalAddress());
        chained.client().close();
        chained.awaitEnd();
    }

    @Test
    void aProgramThatCannotBeStartedIsAnExceptionAndTheClientCanStillBeAnswered() throws Exception {
        ClientPair pair = open();
        NativeDaemon daemon = NativeDaemon.process(List.of("/no/such/program"), HASTY.withMaxProcesses(1));
        for (int i = 0; i < 3; i++) {
            assertThatIOException()
                    .isThrownBy(() -> daemon.serve(pair.connection()))
                    .withMessageContaining("/no/such/program");
        }
        pair.connection().write(US_ASCII.encode("-ERR\r\n"));
        ByteBuffer arrived = ByteBuffer.allocate(6);
        pair.client().read(arrived);
        assertThat(arrived.array()).as("nothing was written before").isEqualTo("-ERR\r\n".getBytes(US_ASCII));
    }

    @Test
    void anEmptyCommandIsNoDaemon() {
        assertThatIllegalArgumentException().isThrownBy(() -> NativeDaemon.process(List.of()));
    }

    @Test
    void thereAreOnlySoManyAtATime() throws Exception {
        NativeDaemon daemon = NativeDaemon.process(List.of("/bin/cat"), HASTY.withMaxProcesses(2));
        Chained first = chain(daemon);
        Chained second = chain(daemon);
        first.send("1\n");
        second.send("2\n");
        assertThat(first.line()).isEqualTo("1");
        assertThat(second.line()).isEqualTo("2");
        assertThatIOException()
                .isThrownBy(() -> daemon.serve(open().connection()))
                .withMessageContaining("2 processes of /bin/cat");
        first.client().close();
        first.awaitEnd();
        Chained third = chain(daemon);
        third.send("3\n");
        assertThat(third.line()).isEqualTo("3");
        for (Chained each : List.of(second, third)) {
            each.client().close();
            each.awaitEnd();
        }
    }

    @Test
    void aClientThatGoesTakesTheWholeTreeWithIt() throws Exception {
        Chained chained = chain(HASTY, "sleep 1000 & echo $!; (sleep 1001 & echo $!; wait) & echo $!; echo $$; wait");
        List<String> pids = List.of(chained.line(), chained.line(), chained.line(), chained.line());
        chained.pair.reset();
        chained.awaitEnd();
        assertGone(pids);
    }

    @Test
    void aProgramThatIgnoresSigtermIsKilled() throws Exception {
        Chained chained = chain(HASTY, "trap '' TERM; echo $$; while :; do sleep 1; done");
        String pid = chained.line();
        chained.pair.reset();
        chained.awaitEnd();
        assertGone(List.of(pid));
    }

    @Test
    void aProgramHasTimeToEndByItselfWhenTheClientIsGone() throws Exception {
        Path done = Files.createTempFile("vmail-test-", ".done");
        Chained chained = chain(
                ChainOptions.defaults().withTerminationGrace(Duration.ofSeconds(20)),
                "trap 'exit 1' TERM; echo +OK; cat; echo updated >" + done);
        assertThat(chained.line()).isEqualTo("+OK");
        chained.pair.reset();
        chained.awaitEnd();
        assertThat(done).hasContent("updated");
        Files.delete(done);
    }

    @Test
    void whatAProgramLeavesBehindWithTheConnectionIsEndedWithIt() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "there is no /proc");
        Chained chained = chain(HASTY, "sleep 1000 & echo $!; exit 0");
        String pid = chained.line();
        assertThat(chained.rest()).isEmpty();
        chained.client().close();
        chained.awaitEnd();
        assertGone(List.of(pid));
    }

    @Test
    void whatAProgramComplainsAboutIsNotForTheClientAndHoldsNothingUp() throws Exception {
        Chained chained = chain(
                HASTY, "echo oops >&2; head -c 1000000 /dev/zero >&2; echo >&2; yes no | head -1000 >&2; echo +OK");
        assertThat(chained.line()).isEqualTo("+OK");
        assertThat(chained.rest()).isEmpty();
        chained.client().close();
        chained.awaitEnd();
    }

    @Test
    void aProgramThatReadsNothingIsEndedWhenBothAreSilent() throws Exception {
        Chained chained = chain(HASTY.withIdleTimeout(Duration.ofMillis(500)), "echo $$; exec sleep 1000");
        String pid = chained.line();
        CompletableFuture<Void> commands = run(() -> {
            while (true) {
                chained.client().write(ByteBuffer.allocate(64 * 1024));
            }
        });
        chained.awaitEnd();
        assertThat(commands).failsWithin(10, TimeUnit.SECONDS);
        assertGone(List.of(pid));
    }

    @Test
    void aProgramThatIgnoresTheEndOfItsInputIsEndedAfterAWhile() throws Exception {
        Chained chained = chain(HASTY.withHalfClosedTimeout(SHORT), "echo $$; exec sleep 1000");
        String pid = chained.line();
        chained.client().shutdownOutput();
        chained.awaitEnd();
        assertGone(List.of(pid));
    }

    @Test
    void aConnectionThatTheServerClosesEndsTheProgram() throws Exception {
        Chained chained = chain(HASTY, "echo $$; exec sleep 1000");
        String pid = chained.line();
        chained.pair.connection().close();
        chained.awaitEnd();
        assertGone(List.of(pid));
    }

    @Test
    void anInterruptEndsTheProgram() throws Exception {
        NativeDaemon daemon = NativeDaemon.process(List.of("/bin/cat"), HASTY);
        ClientPair pair = open();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread serving = new Thread(() -> {
            try {
                daemon.serve(pair.connection());
                interrupted.complete(Thread.currentThread().isInterrupted());
            } catch (IOException e) {
                interrupted.completeExceptionally(e);
            }
        });
        serving.start();
        pair.client().write(US_ASCII.encode("x"));
        pair.client().read(ByteBuffer.allocate(1));
        serving.interrupt();
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(pair.connection().isOpen()).isFalse();
    }

    @Test
    void aProgramThatIsKilledInTheMiddleEndsTheConnectionAndNothingElse() throws Exception {
        NativeDaemon daemon = NativeDaemon.process(
                List.of("/bin/sh", "-c", "echo +OK; read command; kill -9 $$"), HASTY.withMaxProcesses(1));
        for (int i = 0; i < 2; i++) {
            Chained chained = chain(daemon);
            assertThat(chained.line()).isEqualTo("+OK");
            chained.send("RETR 1\n");
            assertThat(chained.rest()).isEmpty();
            chained.client().close();
            chained.awaitEnd();
        }
    }

    @Test
    void noDescriptorIsLeft() throws Exception {
        Path descriptors = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(descriptors), "there is no /proc");
        converse();
        long before = count(descriptors);
        for (int i = 0; i < 20; i++) {
            converse();
        }
        await().untilAsserted(() -> assertThat(count(descriptors)).isLessThan(before + 20));
    }

    private void converse() throws Exception {
        Chained chained = chain(HASTY, "echo +OK; read command");
        assertThat(chained.line()).isEqualTo("+OK");
        chained.send("QUIT\n");
        assertThat(chained.rest()).isEmpty();
        chained.pair.close();
        chained.awaitEnd();
    }

    private static long count(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    /** Not even a zombie is left. */
    private static void assertGone(List<String> pids) {
        for (String pid : pids) {
            await().until(() -> ProcessHandle.of(Long.parseLong(pid)).isEmpty());
        }
    }

    private Chained chain(ChainOptions options, String script) throws IOException {
        return chain(NativeDaemon.process(List.of("/bin/sh", "-c", script), options));
    }

    private Chained chain(NativeDaemon daemon) throws IOException {
        ClientPair pair = open();
        return new Chained(pair, run(() -> {
            daemon.serve(pair.connection());
            pair.connection().close();
        }));
    }

    private ClientPair open() throws IOException {
        ClientPair pair = ClientPair.open();
        opened.add(pair);
        return pair;
    }

    private CompletableFuture<Void> run(Task task) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                task.run();
                result.complete(null);
            } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private interface Task {
        void run() throws IOException;
    }

    /** A client, and the call that serves it. */
    private record Chained(ClientPair pair, CompletableFuture<Void> served) {
        SocketChannel client() {
            return pair.client();
        }

        void send(String text) throws IOException {
            client().write(US_ASCII.encode(text));
        }

        String line() throws IOException {
            StringBuilder line = new StringBuilder();
            ByteBuffer octet = ByteBuffer.allocate(1);
            while (client().read(octet) > 0 && octet.get(0) != '\n') {
                line.append((char) octet.get(0));
                octet.clear();
            }
            return line.toString();
        }

        String rest() throws IOException {
            return new String(Channels.newInputStream(client()).readAllBytes(), US_ASCII);
        }

        void awaitEnd() throws Exception {
            served.get(20, TimeUnit.SECONDS);
        }
    }
}
