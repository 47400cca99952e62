package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.net.imap.IMAPClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** vmail beside a Dovecot: in front of it as the native daemon, and over the same Maildirs. */
@Tag("interop")
class DovecotIT {
    @TempDir
    static Path folder;

    private static Dovecot dovecot;
    private static ServerProcess server;

    @BeforeAll
    static void start() throws IOException {
        Dovecot.require();
        Loopback.requireAddresses(Site.A, Site.B, Site.SHARED);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Site site = Site.create(folder, "ours", "theirs", "both", "gone");
        dovecot = Dovecot.start(
                Files.createDirectory(folder.resolve("dovecot")),
                site.mail(),
                "joe@main.example",
                "ours@a.example",
                "theirs@a.example",
                "both@a.example",
                "gone@a.example");
        server = ServerProcess.start(site.config(Optional.of(dovecot.pop3())));
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
        if (dovecot != null) {
            dovecot.close();
        }
    }

    @AfterEach
    void dovecotIsContent() throws IOException {
        dovecot.assertContent();
    }

    @Test
    void asTheNativeDaemonItIsHeardOctetForOctet() throws Exception {
        for (String message : Mail.difficult().values()) {
            dovecot.deliver("joe@main.example", message);
        }
        String session = "CAPA\r\nUSER joe@main.example\r\nPASS " + Dovecot.PASSWORD
                + "\r\nSTAT\r\nLIST\r\nUIDL\r\nRETR 2\r\nTOP 3 1\r\nRETR 5\r\nNONSENSE\r\nDELE 99\r\nNOOP\r\nQUIT\r\n";

        String straight = converse(dovecot.pop3(), session);
        String chained = converse(server.pop3(Site.MAIN), session);

        assertThat(straight).startsWith("+OK Dovecot").contains("\r\n+OK Logged in.\r\n", "\r\n+OK Logging out");
        assertThat(chained).isEqualTo(straight);
    }

    @Test
    void whileItIsAwayTheClientIsToldToComeBack() throws Exception {
        dovecot.stop();
        String away = converse(server.pop3(Site.MAIN), "");
        dovecot.forget();
        dovecot.start();
        String back = converse(server.pop3(Site.MAIN), "QUIT\r\n");

        assertThat(away).startsWith("-ERR [SYS/TEMP] ").hasLineCount(1);
        assertThat(back).startsWith("+OK Dovecot");
    }

    @Test
    void itReadsWhatVmailDelivered() throws Exception {
        List<String> messages = new ArrayList<>(Mail.difficult().values());
        messages.add(Mail.message("carriage returns", "one\rtwo\r\n\rthree\r\r\n"));
        messages.add(Mail.large(1 << 20));
        try (Lmtp mta = new Lmtp(server.lmtp())) {
            for (String message : messages) {
                mta.deliver("ours@a.example", Mail.octets(message));
            }
        }
        dovecot.ownMail();

        try (Pop3 theirs = Pop3.login(dovecot.pop3(), "ours@a.example", Dovecot.PASSWORD);
                Pop3 ours = Pop3.login(server.pop3(Site.A), "ours", Site.PASSWORD_A)) {
            assertThat(theirs.sizes()).isEqualTo(ours.sizes());
            assertThat(theirs.retrieveAll())
                    .isEqualTo(ours.retrieveAll())
                    .extracting(message -> Mail.withoutTrace("ours@a.example", message))
                    .containsExactlyElementsOf(messages);
        }
    }

    @Test
    void vmailServesWhatItDeliveredAndFlagged() throws Exception {
        List<String> expected = new ArrayList<>();
        Imap imap = new Imap("theirs@a.example");
        for (String message : Mail.difficult().values()) {
            dovecot.deliver("theirs@a.example", message);
            imap.append(message);
            expected.addAll(List.of(message, message));
        }

        List<String> idsBefore;
        try (Pop3 session = Pop3.login(server.pop3(Site.A), "theirs", Site.PASSWORD_A)) {
            assertThat(session.retrieveAll()).containsExactlyInAnyOrderElementsOf(expected);
            idsBefore = session.uniqueIds();
            session.quit();
        }
        imap.flagAll("(\\Seen \\Flagged)");
        try (Pop3 session = Pop3.login(server.pop3(Site.A), "theirs", Site.PASSWORD_A)) {
            assertThat(session.uniqueIds()).doesNotHaveDuplicates().containsExactlyElementsOf(idsBefore);
            List<String> after = session.retrieveAll();
            assertThat(after).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(session.sizes())
                    .isEqualTo(after.stream().map(String::length).toList());
            session.quit();
        }
        imap.close();
    }

    @Test
    void messagesThatItMovesDuringASessionAreStillReadAndRemoved() throws Exception {
        try (Imap imap = new Imap("both@a.example")) {
            for (String subject : List.of("one", "two", "three")) {
                dovecot.deliver("both@a.example", Mail.message(subject, "Dear user\r\n"));
            }
            try (Pop3 session = Pop3.login(server.pop3(Site.A), "both", Site.PASSWORD_A)) {
                imap.flagAll("(\\Seen)");
                assertThat(session.retrieve(2)).startsWith("Subject: two");
                imap.flagAll("(\\Answered)");
                session.delete(2);
                session.quit();
            }

            assertThat(imap.subjects()).containsExactly("one", "three");
        }
    }

    @Test
    void messagesThatItRemovesDuringASessionAreGone() throws Exception {
        try (Imap imap = new Imap("gone@a.example")) {
            for (String subject : List.of("one", "two")) {
                dovecot.deliver("gone@a.example", Mail.message(subject, "Dear user\r\n"));
            }
            try (Pop3 session = Pop3.login(server.pop3(Site.A), "gone", Site.PASSWORD_A)) {
                imap.flag(1, "(\\Deleted)");
                imap.expunge();

                session.send("RETR 1");
                assertThat(session.reply()).startsWith("-ERR ");
                assertThat(session.retrieve(2)).as("numbers never shift").startsWith("Subject: two");
                session.delete(1);
                session.quit();
            }
            assertThat(imap.subjects()).containsExactly("two");
        }
    }

    /** Says everything at once, and listens until the server closes. */
    private static String converse(InetSocketAddress server, String session) throws IOException {
        try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(session.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    /** A session of Apache's IMAP client with Dovecot. */
    private static final class Imap implements AutoCloseable {
        private final IMAPClient client = new IMAPClient();

        Imap(String account) throws IOException {
            client.setDefaultTimeout(20_000);
            client.connect(dovecot.imap().getAddress(), dovecot.imap().getPort());
            assertThat(client.login(account, Dovecot.PASSWORD)).isTrue();
        }

        void append(String message) throws IOException {
            assertThat(client.append("INBOX", null, null, message)).as(reply()).isTrue();
        }

        void flagAll(String flags) throws IOException {
            assertThat(client.select("INBOX")).as(reply()).isTrue();
            assertThat(client.store("1:*", "+FLAGS", flags)).as(reply()).isTrue();
        }

        void flag(int number, String flags) throws IOException {
            assertThat(client.select("INBOX")).as(reply()).isTrue();
            assertThat(client.store(String.valueOf(number), "+FLAGS", flags))
                    .as(reply())
                    .isTrue();
        }

        void expunge() throws IOException {
            assertThat(client.expunge()).as(reply()).isTrue();
        }

        List<String> subjects() throws IOException {
            assertThat(client.select("INBOX")).as(reply()).isTrue();
            assertThat(client.fetch("1:*", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"))
                    .as(reply())
                    .isTrue();
            return Stream.of(client.getReplyStrings())
                    .filter(line -> line.startsWith("Subject: "))
                    .map(line -> line.substring("Subject: ".length()))
                    .toList();
        }

        @Override
        public void close() throws IOException {
            client.disconnect();
        }

        private String reply() {
            return client.getReplyString();
        }
    }
}
