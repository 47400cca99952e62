package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.RecordingTarget;
import org.vmail.directory.Directory;
import org.vmail.net.LogRecorder;

/** LMTP servers on free loopback ports, over one directory and mailboxes that record. Behind every test no thread is left. */
final class LmtpFixture implements BeforeEachCallback, AfterEachCallback {
    static final LmtpOptions OPTIONS = LmtpOptions.defaults().withHostName("mx.test");

    /** The three fields that are put before a message, as RFC 5321, section 4.4, and RFC 5322, section 3.3, want them. */
    private static final Pattern TRACE =
            Pattern.compile("Return-Path: <([^\r\n]*)>\r\n" + "Delivered-To: ([^\r\n]+)\r\n"
                    + "Received: from (?:client|again)\\.test \\(\\[(?:127\\.0\\.0\\.1|IPv6:[0-9a-f:]+)\\]\\)\r\n"
                    + "\tby mx\\.test with LMTP \\(vmail\\)(?:\r\n\tfor <([^\r\n]+)>)?;\r\n"
                    + "\t(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{1,2}"
                    + " (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4}"
                    + " [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}\r\n");

    final RecordingTarget target = new RecordingTarget();
    final Directory directory = Directory.inMemory()
            .account("joe@a.example", "x")
            .account("ann@a.example", "x")
            .account("\"joe > who\"@a.example", "x")
            .account("bob@b.example", "x")
            .alias("both@a.example", "joe@a.example", "ann@a.example")
            .alias("away@a.example", "someone@elsewhere.example")
            .build();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private LogRecorder log;

    @Override
    public void beforeEach(ExtensionContext context) {
        log = new LogRecorder();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        stopAll();
        log.close();
        assertThat(target.open()).as("deliveries left open").isZero();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .as("no thread is left")
                        .noneMatch(thread -> thread.getName().startsWith("lmtp")));
    }

    /** Closes all clients and servers, so that every session has ended. */
    void stopAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    LogRecorder log() {
        return log;
    }

    LmtpServer start() throws IOException {
        return start(OPTIONS);
    }

    LmtpServer start(LmtpOptions options) throws IOException {
        return start(Deliverer.over(directory, target), options);
    }

    LmtpServer start(Deliverer deliverer, LmtpOptions options) throws IOException {
        return start(deliverer, options, InetAddress.getLoopbackAddress());
    }

    LmtpServer startAt(InetAddress address) throws IOException {
        return start(Deliverer.over(directory, target), OPTIONS, address);
    }

    private LmtpServer start(Deliverer deliverer, LmtpOptions options, InetAddress address) throws IOException {
        LmtpServer server = LmtpServer.builder(deliverer)
                .listen(new InetSocketAddress(address, 0))
                .options(options)
                .build();
        opened.push(server);
        server.start();
        return server;
    }

    /** A client that has read the greeting. */
    LmtpClient connect(LmtpServer server) throws IOException {
        LmtpClient client = LmtpClient.connect(server.boundAddress());
        opened.push(client);
        return client;
    }

    /** A client of a new server that has said LHLO. */
    LmtpClient hello() throws IOException {
        return hello(start());
    }

    LmtpClient hello(LmtpServer server) throws IOException {
        LmtpClient client = connect(server);
        client.lhlo();
        return client;
    }

    /** The trace fields of the only message in a mailbox. */
    Matcher trace(String mailbox) {
        List<String> messages = target.messages(mailbox);
        assertThat(messages).as("messages of %s", mailbox).hasSize(1);
        return parseTrace(messages.get(0));
    }

    /** The only message in a mailbox, as the client meant it. */
    String content(String mailbox) {
        return contents(mailbox).get(0);
    }

    List<String> contents(String mailbox) {
        return target.messages(mailbox).stream()
                .map(message -> message.substring(parseTrace(message).end()))
                .toList();
    }

    private static Matcher parseTrace(String message) {
        Matcher trace = TRACE.matcher(message);
        assertThat(trace.lookingAt()).as("trace fields of %s", message).isTrue();
        return trace;
    }
}
