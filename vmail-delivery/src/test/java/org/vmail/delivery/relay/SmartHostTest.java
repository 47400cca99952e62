package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.auth.Password;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.MessageSource;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.ReversePath;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsTrust;

class SmartHostTest {
    private static final Outcome ACCEPTED = new Outcome.Accepted();
    private static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n";

    @TempDir
    private Path folder;

    private FakeMailServer server;

    @BeforeEach
    void start() throws IOException {
        server = FakeMailServer.smtp().offer("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 1000000");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void aMessageIsHandedOverWithItsEnvelope() throws IOException {
        assertThat(outcomes(server.host(), message(MESSAGE, "a@x.example", "b@x.example")))
                .containsExactly(ACCEPTED, ACCEPTED);

        FakeMailServer.Mail mail = server.mails().get(0);
        assertThat(mail.from()).isEqualTo("MAIL FROM:<joe@a.example> SIZE=" + MESSAGE.length());
        assertThat(mail.to()).containsExactly("RCPT TO:<a@x.example>", "RCPT TO:<b@x.example>");
        assertThat(mail.text()).isEqualTo(MESSAGE);
        assertThat(server.commands()).startsWith("EHLO us.example").endsWith("QUIT");
    }

    @Test
    void theNullReversePathStaysNull() throws IOException {
        OutboundMessage report = new OutboundMessage(
                ReversePath.none(), paths("a@x.example"), MessageSource.of(MESSAGE.getBytes(UTF_8)), 22, false);

        assertThat(outcomes(server.host(), report)).containsExactly(ACCEPTED);
        assertThat(server.mails().get(0).from()).startsWith("MAIL FROM:<> ");
    }

    /** RFC 5321, section 3.3: each recipient has its own reply. */
    @Test
    void eachRecipientHasItsOwnResult() throws IOException {
        server.reply("RCPT TO:<b@", "550 5.1.1 no such user").reply("RCPT TO:<c@", "450 4.2.1 not now");

        List<NextHop.Result> results =
                server.host().send(message(MESSAGE, "a@x.example", "b@x.example", "c@x.example", "d@x.example"));

        assertThat(results)
                .extracting(NextHop.Result::outcome)
                .containsExactly(
                        ACCEPTED,
                        new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "550 5.1.1 no such user"),
                        new Outcome.Deferred(new EnhancedStatus(4, 2, 1), "450 4.2.1 not now"),
                        ACCEPTED);
        assertThat(results.get(1).reply()).contains("550 5.1.1 no such user");
        assertThat(server.mails().get(0).to()).containsExactly("RCPT TO:<a@x.example>", "RCPT TO:<d@x.example>");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRefusedSenderIsARefusalForAll(boolean pipelining) throws IOException {
        if (!pipelining) {
            server.forget("PIPELINING");
        }
        server.reply("MAIL", "550 5.7.1 go away").reply("RCPT", "503 5.5.1 MAIL first");

        assertThat(outcomes(server.host(), message(MESSAGE, "a@x.example", "b@x.example")))
                .containsOnly(new Outcome.Refused(new EnhancedStatus(5, 7, 1), "550 5.7.1 go away"));
        assertThat(server.commands()).doesNotContain("DATA");
    }

    @Test
    void noMessageIsSentForNobody() throws IOException {
        server.reply("RCPT", "550 no");

        assertThat(outcomes(server.host(), message(MESSAGE, "a@x.example", "b@x.example")))
                .containsOnly(new Outcome.Refused(new EnhancedStatus(5, 0, 0), "550 no"));
        assertThat(server.commands()).doesNotContain("DATA");
    }

    /** RFC 5321, section 4.5.3.1.10. */
    @Test
    void tooManyRecipientsGetTheRestLater() throws IOException {
        server.reply("RCPT TO:<b@", "552 too many recipients").reply("RCPT TO:<c@", "552 5.2.2 mailbox full");

        assertThat(outcomes(server.host(), message(MESSAGE, "a@x.example", "b@x.example", "c@x.example")))
                .containsExactly(
                        ACCEPTED,
                        new Outcome.Deferred(new EnhancedStatus(4, 5, 3), "552 too many recipients"),
                        new Outcome.Refused(new EnhancedStatus(5, 2, 2), "552 5.2.2 mailbox full"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thousandRecipientsAreNoDeadlock(boolean pipelining) throws IOException {
        if (!pipelining) {
            server.forget("PIPELINING");
        }
        server.reply("RCPT", "250 " + "x".repeat(500));
        String[] many =
                IntStream.range(0, 1000).mapToObj(i -> "r" + i + "@x.example").toArray(String[]::new);

        assertThat(outcomes(server.host(), message(MESSAGE, many)))
                .containsOnly(ACCEPTED)
                .hasSize(1000);
        assertThat(server.mails().get(0).to()).hasSize(1000);
    }

    @Test
    void theReplyToTheMessageIsForAll() throws IOException {
        server.reply(".", "451 4.3.0 try later");
        assertThat(outcomes(server.host(), message(MESSAGE, "a@x.example", "b@x.example")))
                .containsOnly(new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "451 4.3.0 try later"));

        server.mend().reply("DATA", "554 5.6.0 no");
        assertThat(outcomes(server.host(), message(MESSAGE, "a@x.example")))
                .containsOnly(new Outcome.Refused(new EnhancedStatus(5, 6, 0), "554 5.6.0 no"));
    }

    /** RFC 2033, section 4.2. */
    @Test
    void lmtpAnswersForEachRecipient() throws IOException {
        try (FakeMailServer lmtp = FakeMailServer.lmtp().offer("PIPELINING")) {
            lmtp.reply("RCPT TO:<b@", "550 5.1.1 no")
                    .reply(".<c@", "452 4.2.2 full")
                    .reply(".<d@", "552 5.2.2 full");
            SmartHost host = lmtp.host().withProtocol(SmartHost.Protocol.LMTP);

            assertThat(outcomes(
                            host,
                            message(
                                    MESSAGE,
                                    "a@x.example",
                                    "b@x.example",
                                    "c@x.example",
                                    "d@x.example",
                                    "e@x.example")))
                    .containsExactly(
                            ACCEPTED,
                            new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "550 5.1.1 no"),
                            new Outcome.Deferred(new EnhancedStatus(4, 2, 2), "452 4.2.2 full"),
                            new Outcome.Refused(new EnhancedStatus(5, 2, 2), "552 5.2.2 full"),
                            ACCEPTED);
            assertThat(lmtp.commands()).contains("LHLO us.example");
        }
    }

    @Test
    void whoWasTakenBeforeTheConnectionBrokeIsTaken() throws IOException {
        try (FakeMailServer lmtp = FakeMailServer.lmtp().reply(".<b@", FakeMailServer.HANG_UP)) {
            assertThat(outcomes(
                            lmtp.host().withProtocol(SmartHost.Protocol.LMTP),
                            message(MESSAGE, "a@x.example", "b@x.example", "c@x.example")))
                    .extracting(outcome -> outcome.status().toString())
                    .containsExactly("2.1.5", "4.4.2", "4.4.2");
        }
    }

    @Test
    void nobodyIsTakenByAServerThatClosesBeforeItsReply() {
        server.reply(".", FakeMailServer.HANG_UP);

        assertThatThrownBy(() -> server.host().send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aServerThatIsNotThereIsAFailureOfTheHost() throws IOException {
        try (Socket bound = new Socket()) { // and not listening: nobody else gets the port meanwhile
            bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SmartHost nobody = SmartHost.at((InetSocketAddress) bound.getLocalSocketAddress());

            assertThatThrownBy(() -> nobody.send(message(MESSAGE, "a@x.example")))
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void aServerOfThisMachineMayHaveAUnixSocket() throws Exception {
        Path socket = folder.resolve("lmtp");
        SmartHost host =
                SmartHost.at(socket).withProtocol(SmartHost.Protocol.LMTP).withHostName("us.example");
        try (ServerSocketChannel listener =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket))) {
            CompletableFuture<List<String>> heard = CompletableFuture.supplyAsync(() -> take(listener));

            assertThat(outcomes(host, message(MESSAGE, "a@x.example"))).containsExactly(ACCEPTED);
            assertThat(heard.join())
                    .containsExactly("LHLO us.example", "MAIL FROM:<joe@a.example>", "RCPT TO:<a@x.example>");
        }
        assertThat(host).hasToString(socket.toString());
    }

    private static List<String> take(ServerSocketChannel listener) {
        List<String> commands = new ArrayList<>();
        try (SocketChannel client = listener.accept()) {
            BufferedReader lines = new BufferedReader(Channels.newReader(client, UTF_8));
            for (String reply : List.of("220 fake ready", "250 fake", "250 ok", "250 ok", "354 go on", "250 ok")) {
                client.write(UTF_8.encode(reply + "\r\n"));
                String line = lines.readLine();
                if (reply.startsWith("354")) {
                    while (!line.equals(".")) {
                        line = lines.readLine();
                    }
                } else if (commands.size() < 3) {
                    commands.add(line);
                }
            }
            return commands;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aUnixSocketThatCannotTakeUsNowIsAFailureOfTheHost() throws Exception {
        Path socket = folder.resolve("lmtp");
        SmartHost host = SmartHost.at(socket);
        assertThatThrownBy(() -> host.send(message(MESSAGE, "a@x.example"))).isInstanceOf(IOException.class);

        List<SocketChannel> waiting = new ArrayList<>();
        try (ServerSocketChannel deaf =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket), 1)) {
            for (int i = 0; i < 2; i++) {
                waiting.add(SocketChannel.open(deaf.getLocalAddress()));
            }
            assertThatThrownBy(() -> host.send(message(MESSAGE, "a@x.example"))).isInstanceOf(SocketException.class);
        } finally {
            for (SocketChannel channel : waiting) {
                channel.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"421 4.3.2 closing", "554 5.3.2 no service", "+OK pop3 ready", "220", "SSH-2.0-x"})
    void aServerThatDoesNotGreetGetsNothing(String greeting) {
        server.reply("greeting", greeting).reply("EHLO", "421 bye");

        assertThatThrownBy(() -> server.host().send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(IOException.class);
        assertThat(server.mails()).isEmpty();
    }

    /** RFC 5321, section 3.2. */
    @Test
    void anOldServerIsGreetedWithHelo() throws IOException {
        server.reply("EHLO", "500 what?");

        assertThat(outcomes(server.host(), message("é\r\n", "a@x.example"))).containsExactly(ACCEPTED);
        assertThat(server.commands()).contains("HELO us.example", "MAIL FROM:<joe@a.example>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"EHLO", "MAIL", "RCPT", "DATA", "."})
    void aServerThatSaysNothingIsLeft(String command) {
        server.reply(command, FakeMailServer.SILENCE);
        SmartHost host =
                server.host().withReplyTimeout(Duration.ofMillis(150)).withEndOfDataTimeout(Duration.ofMillis(150));

        assertThatThrownBy(() -> host.send(message(MESSAGE, "a@x.example"))).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void theWholeTakesNoLongerThanItMay() {
        server.reply("RCPT", FakeMailServer.SILENCE);

        assertThatThrownBy(() ->
                        server.host().withTotalTimeout(Duration.ofMillis(200)).send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(SocketTimeoutException.class);
    }

    static Stream<String> wildReplies() {
        return Stream.of(
                "250 " + "x".repeat(5000),
                "250-a\r\n".repeat(300) + "250 z",
                "250-a\r\n550 b",
                "250 taken",
                "999 what",
                "25 ok",
                "250ok",
                "250=ok",
                "hello",
                "",
                "150 preliminary");
    }

    @ParameterizedTest
    @MethodSource("wildReplies")
    void aReplyThatIsNoneEndsIt(String reply) {
        server.reply("DATA", reply);

        assertThatThrownBy(() -> server.host().send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(ProtocolException.class);
        assertThat(server.mails()).isEmpty();
    }

    @Test
    void anEightBitMessageIsDeclaredWhereThatIsKnown() throws IOException {
        assertThat(outcomes(server.host(), message("é\r\n", "a@x.example"))).containsExactly(ACCEPTED);
        server.forget("8BITMIME");
        assertThat(outcomes(server.host(), message("é\r\n", "a@x.example"))).containsExactly(ACCEPTED);

        assertThat(server.mails().get(0).from()).contains(" BODY=8BITMIME");
        assertThat(server.mails().get(1).from()).doesNotContain("BODY");
        assertThat(server.mails()).extracting(FakeMailServer.Mail::text).containsOnly("\u00c3\u00a9\r\n");
    }

    /** RFC 6531, section 3.2. */
    @Test
    void anAddressInUtf8NeedsAServerThatTakesIt() throws IOException {
        OutboundMessage message = message(MESSAGE, "a@x.example", "jörg@x.example");
        assertThat(outcomes(server.host(), message)).containsExactly(ACCEPTED, ACCEPTED);
        server.forget("SMTPUTF8");
        assertThat(outcomes(server.host(), message))
                .extracting(outcome -> outcome.status().toString())
                .containsExactly("2.1.5", "5.6.7");

        assertThat(server.mails().get(0).from()).endsWith(" SMTPUTF8");
        assertThat(server.mails().get(0).to()).contains("RCPT TO:<jörg@x.example>");
        assertThat(server.mails().get(1).to()).containsExactly("RCPT TO:<a@x.example>");
    }

    /** RFC 1870, section 5. */
    @Test
    void aMessageThatIsTooLargeIsNotSent() throws IOException {
        OutboundMessage message = new OutboundMessage(
                new ReversePath("joe@a.example"),
                paths("a@x.example"),
                MessageSource.of(MESSAGE.getBytes(UTF_8)),
                1_000_001,
                false);

        assertThat(outcomes(server.host(), message).get(0).status()).isEqualTo(new EnhancedStatus(5, 3, 4));
        assertThat(server.commands()).containsExactly("EHLO us.example", "QUIT");
    }

    @Test
    void theMessageCannotEndItself() throws IOException {
        String smuggled = "Subject: x\n\nbody\n.\nMAIL FROM:<evil@x.example>\r\n.\rRCPT\r.\r\n.\n";

        server.host().send(message(smuggled, "a@x.example"));

        assertThat(server.mails()).hasSize(1);
        assertThat(server.mails().get(0).wire())
                .isEqualTo("Subject: x\r\n\r\nbody\r\n..\r\nMAIL FROM:<evil@x.example>\r\n.. RCPT .\r\n..\r\n.\r\n");
        assertThat(server.commands()).noneMatch(command -> command.contains("evil"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a@x.example>\r\nRCPT TO:<b@x.example", "a@x.example> NOTIFY=NEVER", "a\n@x", "a\0@x", "@x"})
    void anAddressCannotBeMoreThanAnAddress(String address) {
        assertThat(ForwardPath.parse(address)).isEmpty();
    }

    @Test
    void startTlsIsUsedIfItIsOffered() throws IOException {
        server.startTls(TestCertificate.ec("wrong.example"));

        assertThat(outcomes(server.host(), message(MESSAGE, "a@x.example"))).containsExactly(ACCEPTED);
        assertThat(server.mails().get(0).encrypted()).isTrue();
        assertThat(server.commands()).startsWith("EHLO us.example", "STARTTLS", "EHLO us.example");
    }

    @Test
    void startTlsCanBeSwitchedOff() throws IOException {
        server.startTls(TestCertificate.ec("wrong.example"));

        server.host().withoutTls().send(message(MESSAGE, "a@x.example"));

        assertThat(server.mails().get(0).encrypted()).isFalse();
    }

    /** RFC 7435, section 3. */
    @Test
    void mailGoesInTheClearIfTlsCannotBeBegun() throws IOException {
        server.offer("STARTTLS").reply("STARTTLS", "220 go ahead"); // and then it goes on with lines

        assertThat(outcomes(server.host().withReplyTimeout(Duration.ofSeconds(1)), message(MESSAGE, "a@x.example")))
                .containsExactly(ACCEPTED);
        assertThat(server.mails().get(0).encrypted()).isFalse();
    }

    /** RFC 3207, section 4: it is the client that decides what a 454 means. */
    @Test
    void mailGoesInTheClearIfTlsIsOfferedAndRefused() throws IOException {
        server.offer("STARTTLS").reply("STARTTLS", "454 4.7.0 not now");

        assertThat(outcomes(server.host(), message(MESSAGE, "a@x.example"))).containsExactly(ACCEPTED);
        assertThatThrownBy(() -> server.host().withStartTls(authority()).send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(IOException.class);
        assertThat(server.mails()).hasSize(1);
    }

    @Test
    void mailThatNeedsTlsGoesNowhereElse() throws IOException {
        TlsTrust trust = authority();
        server.startTls(TestCertificate.ec("localhost"));
        assertThat(outcomes(
                        server.host().withStartTls(trust.withHostName("localhost")), message(MESSAGE, "a@x.example")))
                .containsExactly(ACCEPTED);
        assertThat(server.mails().get(0).encrypted()).isTrue();

        assertThatThrownBy(() -> server.host()
                        .withStartTls(trust.withHostName("other.example"))
                        .send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(IOException.class);
        server.forget("STARTTLS");
        assertThatThrownBy(() -> server.host().withStartTls(trust).send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("STARTTLS");
        assertThat(server.mails()).hasSize(1);
    }

    @Test
    void tlsFromTheFirstOctet() throws IOException {
        server.implicitTls(TestCertificate.ec("localhost"));

        server.host().withImplicitTls(authority().withHostName("localhost")).send(message(MESSAGE, "a@x.example"));

        assertThat(server.mails().get(0).encrypted()).isTrue();
        assertThat(server.commands()).doesNotContain("STARTTLS");
    }

    /** What is sent before TLS has begun is not the server's (CVE-2011-0411, the other way round). */
    @Test
    void repliesThatWereSlippedInBeforeTlsAreNotBelieved() {
        server.startTls(TestCertificate.ec("localhost"));
        server.reply("STARTTLS", "220 go ahead\r\n250 slipped in");

        assertThatThrownBy(() -> server.host().withStartTls(authority()).send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("follows the reply");
    }

    @Test
    void aLoginIsPlain() throws IOException {
        server.offer("AUTH LOGIN PLAIN").reply("AUTH", "235 welcome");

        server.host().withLogin("us", Password.of("sesame")).send(message(MESSAGE, "a@x.example"));

        String token = Base64.getEncoder().encodeToString("\0us\0sesame".getBytes(UTF_8));
        assertThat(server.commands()).contains("AUTH PLAIN " + token);
        assertThat(server.mails()).hasSize(1);
    }

    @Test
    void aLoginThatFailsMakesMailWaitAndIsNotTold() {
        server.offer("AUTH PLAIN").reply("AUTH", "535 5.7.8 no");

        assertThatThrownBy(() ->
                        server.host().withLogin("us", Password.of("sesame")).send(message(MESSAGE, "a@x.example")))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("sesame")
                .hasMessageNotContaining(Base64.getEncoder().encodeToString("\0us\0sesame".getBytes(UTF_8)));
        assertThat(server.mails()).isEmpty();
    }

    @Test
    void aHostNameThatIsTwoLinesIsRefused() {
        assertThatThrownBy(() -> server.host().withHostName("a\r\nMAIL")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aListenerThatNeverAnswersIsGivenUp() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            SmartHost host = SmartHost.at(new InetSocketAddress(silent.getInetAddress(), silent.getLocalPort()))
                    .withReplyTimeout(Duration.ofMillis(100));

            assertThatThrownBy(() -> host.send(message(MESSAGE, "a@x.example")))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    private TlsTrust authority() throws IOException {
        TestCertificate certificate = TestCertificate.ec("localhost");
        Path file = folder.resolve("authority.pem");
        Files.writeString(file, certificate.chainPem());
        return TlsTrust.authorities(file);
    }

    private static List<Outcome> outcomes(NextHop hop, OutboundMessage message) throws IOException {
        return hop.send(message).stream().map(NextHop.Result::outcome).toList();
    }

    private static List<ForwardPath> paths(String... recipients) {
        return Stream.of(recipients).map(ForwardPath::new).toList();
    }

    private static OutboundMessage message(String text, String... recipients) {
        byte[] octets = text.getBytes(UTF_8);
        return new OutboundMessage(
                new ReversePath("joe@a.example"),
                paths(recipients),
                MessageSource.of(octets),
                octets.length,
                text.chars().anyMatch(c -> c > 127));
    }
}
