package org.vmail.examples.subethasmtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.io.CharStreams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.net.pop3.POP3Client;
import org.apache.commons.net.pop3.POP3MessageInfo;
import org.apache.commons.net.smtp.SMTPClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.delivery.relay.NextHop;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.memory.InMemoryStore;

class MailHostTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @TempDir
    Path folder;

    private final Directory users = Directory.inMemory()
            .domain(HostedDomain.of(Domain.of("small.example")).withDefaultQuota(Quota.ofOctets(10)))
            .account("joe@a.example", "x")
            .account("ann@a.example", "x")
            .account("joe@b.example", "x")
            .account("full@small.example", "x")
            .build();
    private final Failing mail = new Failing(
            new InMemoryStore(1 << 20).withQuota(QuotaPolicy.of(QuotaLimits.over(users))),
            ConcurrentHashMap.newKeySet());
    private MailHost host;
    private SMTPClient smtp;

    @BeforeEach
    void start() throws IOException {
        host = start(MailHost.Place.defaults(), folder);
        smtp = new SMTPClient();
        smtp.connect(LOOPBACK, host.smtpPort());
        smtp.helo("client.example");
    }

    @AfterEach
    void stop() throws IOException {
        smtp.disconnect();
        host.close();
    }

    @Test
    void recipientsInSeveralDomainsGetTheMessage() throws IOException {
        assertThat(send("me@c.example", "joe@a.example", "joe@b.example")).isEqualTo("250 2.0.0 ok");

        assertThat(mailbox("joe@a.example"))
                .hasSize(1)
                .allMatch(message -> message.contains("Return-Path: <me@c.example>"));
        assertThat(mailbox("joe@b.example"))
                .hasSize(1)
                .allMatch(message -> message.contains("Received: from client.example"));
    }

    @Test
    void unknownUsersAndStrangersAreRefusedAtRcpt() throws IOException {
        smtp.mail("<me@c.example>");
        assertThat(rcpt("nobody@a.example")).startsWith("550 5.1.1 ");
        assertThat(rcpt("joe@elsewhere.example")).startsWith("550 5.1.2 ");
        assertThat(rcpt("joe@a.example")).startsWith("250 ");
    }

    @Test
    void aFullMailboxIsToldAtRcpt() throws IOException {
        mail.deliver(MailAddress.of("full@small.example"), "Subject: x\r\n\r\nx\r\n".getBytes(UTF_8));
        smtp.mail("<me@c.example>");

        assertThat(rcpt("full@small.example")).startsWith("452 4.2.2 ");
    }

    @Test
    void ifNobodyGetsItTheClientKeepsIt() throws IOException {
        mail.failing().addAll(Set.of("joe@a.example", "ann@a.example"));

        assertThat(send("me@c.example", "joe@a.example", "ann@a.example")).startsWith("451 4.2.0 ");
        assertThat(host.spool().messages()).isZero();
    }

    @Test
    void ifSomeGetItTheOthersGetItLaterAndNobodyTwice() throws IOException {
        mail.failing().add("ann@a.example");
        assertThat(send("me@c.example", "joe@a.example", "ann@a.example", "joe@b.example"))
                .startsWith("250 ");
        assertThat(mailbox("ann@a.example")).isEmpty();

        mail.failing().clear();
        await().until(() -> {
            host.spool().retryNow();
            return !mailbox("ann@a.example").isEmpty();
        });

        assertThat(mailbox("ann@a.example"))
                .hasSize(1)
                .allMatch(message -> message.contains("Return-Path: <me@c.example>"));
        assertThat(mailbox("joe@a.example")).hasSize(1);
        assertThat(mailbox("joe@b.example")).hasSize(1);
        await().until(() -> host.spool().messages() == 0);
    }

    @Test
    void reportsWithoutASenderAreTaken() throws IOException {
        assertThat(smtp.mail("<>")).isEqualTo(250);
        assertThat(rcpt("joe@a.example")).startsWith("250 ");
    }

    @Test
    void theHostHasTheNameThatItIsGiven() throws IOException {
        smtp.disconnect();
        host.close();
        host = start(new MailHost.Place("mail.b.example", LOOPBACK, 0, 0), folder);
        smtp.connect(LOOPBACK, host.smtpPort());

        assertThat(smtp.getReplyString()).startsWith("220 mail.b.example ");
    }

    @Test
    void ifAPortIsTakenNoPartRuns() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            int port = taken.getLocalPort();
            int free = freePort();
            assertThatThrownBy(() -> start(new MailHost.Place("mx.a.example", LOOPBACK, port, 0), other))
                    .hasStackTraceContaining("Address already in use");
            assertThatThrownBy(() -> start(new MailHost.Place("mx.a.example", LOOPBACK, free, port), other))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(Integer.toString(port));
            assertThatThrownBy(() -> new Socket(LOOPBACK, free).close()).isInstanceOf(ConnectException.class);
        }

        start(MailHost.Place.defaults(), other).close();
    }

    @Test
    void theProgramShowsTheConversation() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Path demo = Files.createDirectory(folder.resolve("demo"));
        Main.run(demo, new PrintStream(out, true, UTF_8));

        assertThat(out.toString(UTF_8).lines())
                .contains("S: 550 5.1.1 there is no such user here", "S: 250 2.0.0 ok")
                .anyMatch(line -> line.startsWith("S: 221 "));
        assertThat(demo.resolve("mail/a.example/joe/new")).isNotEmptyDirectory();
    }

    private MailHost start(MailHost.Place place, Path spoolParent) throws IOException {
        NextHop elsewhere = message -> {
            throw new IOException("nobody is elsewhere");
        };
        return new MailHost(users, mail, mail.store(), spoolParent, elsewhere, place);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
            return socket.getLocalPort();
        }
    }

    private String rcpt(String recipient) throws IOException {
        smtp.rcpt("<" + recipient + ">");
        return smtp.getReplyString().strip();
    }

    private String send(String sender, String... recipients) throws IOException {
        smtp.mail("<" + sender + ">");
        for (String recipient : recipients) {
            assertThat(rcpt(recipient)).startsWith("250 ");
        }
        try (var writer = smtp.sendMessageData()) {
            writer.write("Subject: hello\r\n\r\nhello\r\n");
        }
        smtp.completePendingCommand();
        return smtp.getReplyString().strip();
    }

    private List<String> mailbox(String account) throws IOException {
        POP3Client pop3 = new POP3Client();
        pop3.connect(LOOPBACK, host.pop3Port());
        try {
            assertThat(pop3.login(account, "x")).isTrue();
            List<String> messages = new ArrayList<>();
            for (POP3MessageInfo message : pop3.listMessages()) {
                try (Reader content = pop3.retrieveMessage(message.number)) {
                    messages.add(CharStreams.toString(content));
                }
            }
            pop3.logout();
            return messages;
        } finally {
            pop3.disconnect();
        }
    }

    /** Mailboxes of which some cannot be written. */
    private record Failing(InMemoryStore store, Set<String> failing) implements DeliveryTarget {
        @Override
        public Delivery begin(MailAddress account) throws IOException {
            check(account);
            return store.begin(account);
        }

        @Override
        public BeginResult begin(MailAddress account, long octets) throws IOException {
            check(account);
            return store.begin(account, octets);
        }

        @Override
        public Optional<BeginResult.OverQuota> overQuota(MailAddress account, long octets) throws IOException {
            return store.overQuota(account, octets);
        }

        private void check(MailAddress account) throws IOException {
            if (failing.contains(account.toString())) {
                throw new IOException("told to fail");
            }
        }
    }
}
