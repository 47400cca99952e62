package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.RecordingTarget.Step;
import org.vmail.delivery.ReversePath;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.RawClient;
import org.vmail.net.ServerOptions;

/** What a listener is told, and that it can do no harm. */
class LmtpEventsTest {
    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    private final List<String> events = new CopyOnWriteArrayList<>();

    @Test
    void aSessionIsToldFromItsBeginningToItsEnd() throws Exception {
        lmtp.target.failAt(Step.WRITE, "ann@a.example");
        try (LmtpServer server = start(new Recorder(), ServerOptions.defaults());
                LmtpClient client = LmtpClient.connect(server.boundAddress())) {
            client.lhlo();
            client.ask("MAIL FROM:<me@c.example>");
            client.ask("RCPT TO:<nobody@a.example>");
            client.ask("RCPT TO:<joe@a.example>");
            client.ask("RCPT TO:<ann@a.example>");
            client.ask("DATA");
            client.finish("x\r\n.\r\n", 2);
            client.ask("QUIT");
        }

        assertThat(events.subList(0, 2))
                .containsExactly("connected", "refused at RCPT <me@c.example> nobody@a.example 5.1.1");
        assertThat(events.get(2)).matches("answered <me@c.example> joe@a\\.example 2\\.1\\.5 [1-9][0-9]+");
        assertThat(events.get(3)).matches("answered <me@c.example> ann@a\\.example 4\\.2\\.0 [1-9][0-9]+");
        assertThat(events.get(4)).matches("ended client\\.test 1 in [1-9][0-9]+ out [1-9][0-9]+ quit");
        assertThat(events).hasSize(5);
    }

    @Test
    void aClientForWhomThereIsNoPlaceIsTold() throws Exception {
        try (LmtpServer server = start(new Recorder(), ServerOptions.defaults().withMaxConnections(1));
                LmtpClient first = LmtpClient.connect(server.boundAddress())) {
            first.lhlo();
            try (RawClient second = RawClient.connect(server.boundAddress())) {
                assertThat(second.readLine()).startsWith("421");
            }
        }

        assertThat(events).contains("refused 127.0.0.1");
    }

    @Test
    void aListenerThatThrowsHasNoOtherEffect() throws Exception {
        LmtpListener broken = new LmtpListener() {
            @Override
            public void connected(ConnectionInfo connection) {
                throw new IllegalStateException("of the embedder");
            }

            @Override
            public void answered(ConnectionInfo connection, ReversePath from, long octets, DeliveryResult result) {
                throw new NoClassDefFoundError("of the embedder");
            }

            @Override
            public void ended(ConnectionInfo connection, LmtpSummary summary) {
                throw new IllegalStateException("of the embedder");
            }
        };
        try (LmtpServer server = start(broken, ServerOptions.defaults());
                LmtpClient client = LmtpClient.connect(server.boundAddress())) {
            client.lhlo();
            client.begin("joe@a.example");
            assertThat(client.finish("x\r\n.\r\n", 1).get(0)).startsWith("250 2.1.5");
            assertThat(client.ask("QUIT")).startsWith("221");
        }
        assertThat(lmtp.target.mailboxes()).containsExactly("joe@a.example");
    }

    private LmtpServer start(LmtpListener listener, ServerOptions options) throws IOException {
        LmtpServer server = LmtpServer.builder(Deliverer.over(lmtp.directory, lmtp.target))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .listener(listener)
                .options(LmtpFixture.OPTIONS)
                .serverOptions(options)
                .build();
        server.start();
        return server;
    }

    private final class Recorder implements LmtpListener {
        @Override
        public void refused(InetAddress client) {
            events.add("refused " + client.getHostAddress());
        }

        @Override
        public void connected(ConnectionInfo connection) {
            events.add("connected");
        }

        @Override
        public void recipientRefused(ConnectionInfo connection, ReversePath from, DeliveryResult result) {
            events.add("refused at RCPT " + from + " " + result.recipient() + " "
                    + result.outcome().status());
        }

        @Override
        public void answered(ConnectionInfo connection, ReversePath from, long octets, DeliveryResult result) {
            events.add("answered " + from + " " + result.recipient() + " "
                    + result.outcome().status() + " " + octets);
        }

        @Override
        public void ended(ConnectionInfo connection, LmtpSummary summary) {
            assertThat(summary.duration()).isGreaterThan(Duration.ZERO);
            events.add("ended " + summary.clientName().orElse("none") + " " + summary.messages() + " in "
                    + summary.octetsIn() + " out " + summary.octetsOut() + " " + summary.reason());
        }
    }
}
