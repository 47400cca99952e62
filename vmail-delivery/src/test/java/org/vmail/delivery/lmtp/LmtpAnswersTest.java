package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.Outcome;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.net.ServerOptions;

/**
 * A message with a 250 is stored, one without is sent again, and none is both (RFC 2033, section 4.2; RFC 5321, section
 * 6.1).
 */
class LmtpAnswersTest {
    private static final String OCTETS = "Subject: x\r\n\r\nbody\r\n.\r\n";
    private static final String[] THREE = {"joe@a.example", "ann@a.example", "bob@b.example"};

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    private final Gate gate = new Gate();

    /** As it is by default: all three are delivered to at the same time. */
    private LmtpServer start(Duration drain) throws IOException {
        return start(drain, Deliverer.over(lmtp.directory, gate));
    }

    private LmtpServer startOneAtATime(Duration drain) throws IOException {
        return start(drain, Deliverer.over(lmtp.directory, gate).withParallelCopies(1, 1));
    }

    private static LmtpServer start(Duration drain, Deliverer deliverer) throws IOException {
        LmtpServer server = LmtpServer.builder(deliverer)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .options(LmtpFixture.OPTIONS)
                .serverOptions(ServerOptions.defaults().withDrainTimeout(drain))
                .build();
        server.start();
        return server;
    }

    private static Thread closing(LmtpServer server) {
        Thread closer = new Thread(server::close);
        closer.start();
        await().pollDelay(Duration.ZERO).until(() -> server.boundAddresses().isEmpty());
        return closer;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eachReplyComesAsSoonAsItsMailboxIsCommitted(boolean parallel) throws IOException {
        Duration drain = Duration.ofSeconds(10);
        try (LmtpServer server = parallel ? start(drain) : startOneAtATime(drain);
                LmtpClient client = lmtp.hello(server)) {
            client.begin(THREE);
            client.raw().send(OCTETS);
            for (int i = 0; i < THREE.length; i++) {
                gate.open(1);
                assertThat(client.reply()).startsWith("250 2.1.5 ").endsWith("<" + THREE[i] + ">");
                assertThat(gate.committed).hasSize(i + 1);
            }
        }
    }

    @Test
    void repliesKeepTheOrderOfTheRecipientsWhoeverIsCommittedFirst() throws IOException {
        try (LmtpServer server = start(Duration.ofSeconds(10));
                LmtpClient client = lmtp.hello(server)) {
            client.begin(THREE);
            client.raw().send(OCTETS);
            gate.openFor("bob@b.example");
            await().until(() -> gate.committed.contains("bob@b.example"));
            gate.openFor("ann@a.example");
            await().until(() -> gate.committed.contains("ann@a.example"));
            gate.openFor("joe@a.example");
            for (String recipient : THREE) {
                assertThat(client.reply()).startsWith("250 2.1.5 ").endsWith("<" + recipient + ">");
            }
        }
        assertThat(gate.committed).containsExactly("bob@b.example", "ann@a.example", "joe@a.example");
    }

    @Test
    void whatAClientThatIsGoneWasNotToldIsNotDelivered() throws Exception {
        try (LmtpServer server = startOneAtATime(Duration.ofSeconds(10))) {
            LmtpClient client = lmtp.hello(server);
            client.begin(THREE);
            client.raw().send(OCTETS);
            gate.awaitCommitter();
            client.raw().reset();
            gate.open(THREE.length);
            await().until(() -> !lmtp.log().texts("Session ended").isEmpty());
        }
        // The first was under way. Whether its reply fails at once, or only the next one, is for the system to say.
        assertThat(gate.committed).hasSizeBetween(1, 2);
        assertThat(gate.open.get()).as("the others were given up").isZero();
        assertThat(lmtp.log().texts("ERROR")).isEmpty();
    }

    @Test
    void aBugInTheMiddleAnswersTheOthersOnceEach() throws IOException {
        Deliverer buggy = mock(Deliverer.class);
        when(buggy.accepts(any(), anyLong())).thenReturn(new Outcome.Accepted());
        doAnswer(call -> {
                    Consumer<DeliveryResult> results = call.getArgument(2);
                    results.accept(new DeliveryResult(MailAddress.of(THREE[0]), new Outcome.Accepted()));
                    throw new IllegalStateException("cause-1234567");
                })
                .when(buggy)
                .deliver(any(), any(), any());
        LmtpClient client = lmtp.hello(lmtp.start(buggy, LmtpFixture.OPTIONS));
        client.begin(THREE);

        assertThat(client.finish(OCTETS, THREE.length))
                .extracting(reply -> reply.substring(0, 9))
                .containsExactly("250 2.1.5", "451 4.3.0", "451 4.3.0");
        assertThat(client.ask("NOOP")).as("and no more").startsWith("250 2.0.0 ");
        assertThat(lmtp.log().texts("cause-1234567")).isNotEmpty();
    }

    @Test
    void aMailboxThatCannotBeReleasedChangesNoAnswer() throws IOException {
        gate.failing = "ann@a.example";
        gate.open(THREE.length);
        try (LmtpServer server = start(Duration.ofSeconds(10));
                LmtpClient client = lmtp.hello(server)) {
            client.begin(THREE);
            assertThat(client.finish(OCTETS, THREE.length))
                    .extracting(reply -> reply.substring(0, 9))
                    .containsExactly("250 2.1.5", "451 4.2.0", "250 2.1.5");
            assertThat(client.ask("NOOP")).as("and no more").startsWith("250 2.0.0 ");
        }
    }

    @Test
    void closingLetsEveryRecipientBeAnswered() throws Exception {
        LmtpServer server = start(Duration.ofSeconds(10));
        LmtpClient client = lmtp.hello(server);
        client.begin(THREE);
        client.raw().send(OCTETS);
        gate.open(1);
        assertThat(client.reply()).startsWith("250 ");
        gate.awaitCommitter();
        Thread closer = closing(server);
        gate.open(2);

        assertThat(client.reply()).startsWith("250 ");
        assertThat(client.reply()).startsWith("250 ");
        assertThat(client.reply()).startsWith("421 4.3.2 ");
        assertThat(client.raw().readToEnd()).isEmpty();
        closer.join();
        assertThat(gate.committed).containsExactlyInAnyOrder(THREE);
    }

    @Test
    void whatTheDrainTimeoutCutsOffIsNotDelivered() throws Exception {
        LmtpServer server = startOneAtATime(Duration.ofMillis(100));
        LmtpClient client = lmtp.hello(server);
        client.begin(THREE);
        client.raw().send(OCTETS);
        gate.open(1);
        assertThat(client.reply()).startsWith("250 ");
        gate.awaitCommitter();
        Thread closer = closing(server);
        assertThat(client.raw().readToEnd()).as("no reply for the others").isEmpty();
        gate.open(2);
        closer.join();

        assertThat(gate.committed)
                .as("the second one's commit was under way; the third is left to the client")
                .containsExactly("joe@a.example", "ann@a.example");
        assertThat(gate.open.get()).isZero();
    }

    /** Mailboxes whose commits wait to be let through, by name or in the order of the recipients. */
    private static final class Gate implements DeliveryTarget {
        private final Map<String, Semaphore> permits =
                Stream.of(THREE).collect(Collectors.toUnmodifiableMap(account -> account, account -> new Semaphore(0)));
        private final AtomicInteger next = new AtomicInteger();
        private final Queue<String> committed = new ConcurrentLinkedQueue<>();
        private final AtomicInteger open = new AtomicInteger();
        private volatile String failing = "";

        void open(int commits) {
            for (int i = 0; i < commits; i++) {
                openFor(THREE[next.getAndIncrement()]);
            }
        }

        void openFor(String account) {
            permits.get(account).release();
        }

        void awaitCommitter() {
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> permits.values().stream().anyMatch(Semaphore::hasQueuedThreads));
        }

        @Override
        public Delivery begin(MailAddress account) {
            open.incrementAndGet();
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            return new Delivery() {
                @Override
                public OutputStream message() {
                    if (account.toString().equals(failing)) {
                        throw new IllegalStateException("cause-1234567");
                    }
                    return octets;
                }

                @Override
                public void commit() throws IOException {
                    permits.get(account.toString()).acquireUninterruptibly();
                    assertThat(octets.toString(ISO_8859_1)).endsWith("body\r\n");
                    committed.add(account.toString());
                }

                @Override
                public void close() {
                    open.decrementAndGet();
                    if (account.toString().equals(failing)) {
                        throw new IllegalStateException("cause-1234567");
                    }
                }
            };
        }
    }
}
