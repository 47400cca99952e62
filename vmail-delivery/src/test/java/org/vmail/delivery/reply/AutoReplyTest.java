package org.vmail.delivery.reply;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.MessageSource;
import org.vmail.delivery.Relay;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.reply.AutoReplyResult.Failed;
import org.vmail.delivery.reply.AutoReplyResult.Reason;
import org.vmail.delivery.reply.AutoReplyResult.Sent;
import org.vmail.delivery.reply.AutoReplyResult.Silent;
import org.vmail.mailbox.Delivery;
import org.vmail.net.LogRecorder;

/** RFC 3834, with the files of Linuxconf. */
class AutoReplyTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final AutoReplyResult SENT = new Sent(MailAddress.of("ann@b.example"));
    private static final String QUESTION =
            "From: Ann <ann@b.example>\r\nTo: Joe <joe@a.example>\r\nSubject: lunch\r\nMessage-ID: <1@b.example>\r\n\r\nhi\r\n";
    private static final Instant START = Instant.parse("2026-11-22T08:00:00Z");

    @TempDir
    private Path folder;

    private final Outbox outbox = new Outbox();
    private LogRecorder log;
    private AutoReply reply;

    @BeforeEach
    void prepare() throws IOException {
        log = new LogRecorder();
        reply = at(START);
        Files.createDirectories(folder.resolve("a.example"));
        write("joe.vacation", "Subject: I am away\n\nSee you later.\n");
        write("joe.vacation.db", "");
    }

    @AfterEach
    void stopRecording() {
        log.close();
    }

    @Test
    void whoIsAwayAnswersOnce() {
        assertThat(vacation(QUESTION)).isEqualTo(SENT);
        assertThat(vacation(QUESTION)).isEqualTo(silent(Reason.ANSWERED));

        assertThat(outbox.envelopes)
                .containsExactly(new Envelope(ReversePath.none(), List.of(MailAddress.of("ann@b.example"))));
        assertThat(outbox.messages.get(0))
                .startsWith("From: joe@a.example\r\nTo: ann@b.example\r\nSubject: I am away\r\n"
                        + "Date: Sun, 22 Nov 2026 08:00:00 +0000\r\nMessage-ID: <")
                .contains(
                        "\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <1@b.example>\r\nReferences: <1@b.example>\r\n")
                .endsWith("\r\n\r\nSee you later.\n");
    }

    @Test
    void anAnswerIsDueAgainAfterTheInterval() throws IOException {
        vacation(QUESTION);

        reply = at(START.plus(Duration.ofDays(7)).minusSeconds(1));
        assertThat(vacation(QUESTION)).isEqualTo(silent(Reason.ANSWERED));
        reply = at(START.plus(Duration.ofDays(7)));
        assertThat(vacation(QUESTION)).isEqualTo(SENT);
        assertThat(read("joe.vacation.db")).isEqualTo("1795334400 ann@b.example\n1795939200 ann@b.example\n");
    }

    @Test
    void theDatabaseIsTheSwitch() throws IOException {
        Files.delete(folder.resolve("a.example/joe.vacation.db"));
        assertThat(vacation(QUESTION)).isEqualTo(silent(Reason.OFF));
        assertThat(folder.resolve("a.example/joe.vacation.db")).doesNotExist();

        write("joe.vacation.db", "");
        Files.delete(folder.resolve("a.example/joe.vacation"));
        assertThat(vacation(QUESTION)).isEqualTo(silent(Reason.OFF));
        assertThat(outbox.messages).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Auto-Submitted: auto-generated",
                "auto-submitted: AUTO-REPLIED (vacation)",
                "Auto-Submitted: auto-notified; owner-email=x",
                "Auto-Submitted:",
                "X-Auto-Response-Suppress: OOF, DR",
            })
    void aProgramGetsNoAnswer(String field) {
        assertThat(vacation(field + "\r\n" + QUESTION)).isEqualTo(silent(Reason.AUTOMATIC));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "List-Id: <x.example>",
                "LIST-Unsubscribe: <mailto:x>",
                "Precedence: bulk",
                "Precedence: JUNK",
                "precedence: list (x)",
                "List-Post:\r\n\tNO",
                "Mailing-List: x"
            })
    void aListGetsNoAnswer(String field) {
        assertThat(vacation(field + "\r\n" + QUESTION)).isEqualTo(silent(Reason.BULK));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Auto-Submitted: no", "Auto-Submitted: No (really)", "Precedence: first-class", "X-List-Id: x"})
    void othersDo(String field) {
        assertThat(vacation(field + "\r\n" + QUESTION)).isEqualTo(SENT);
    }

    @ParameterizedTest
    @CsvSource({
        "'', NO_SENDER",
        "no-address, NO_SENDER",
        "MAILER-DAEMON@b.example, SYSTEM_SENDER",
        "owner-x@b.example, SYSTEM_SENDER",
        "x-owner@b.example, SYSTEM_SENDER",
        "X-Request@b.example, SYSTEM_SENDER",
        "x-bounces@b.example, SYSTEM_SENDER",
        "bounce+tag@b.example, SYSTEM_SENDER",
        "listserv@b.example, SYSTEM_SENDER",
        "noreply@b.example, SYSTEM_SENDER",
        "JOE@a.example, SYSTEM_SENDER",
    })
    void someSendersGetNoAnswer(String sender, Reason reason) {
        assertThat(vacation(sender, QUESTION)).isEqualTo(silent(reason));
        assertThat(outbox.messages).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "To: joe@a.example",
                "to: someone@x.example, \"Joe, who\" <JOE@A.example>",
                "Cc: x@y.example,\r\n\tjoe@a.example",
                "To: sales@a.example",
                "Resent-To: joe.who@a.example",
                "To: friends: joe@a.example, x@y.example;",
            })
    void whoIsAddressedAnswers(String field) {
        assertThat(vacation("From: ann@b.example\r\n" + field + "\r\n\r\n")).isEqualTo(SENT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "To: all@x.example",
                "X-To: joe@a.example",
                "To: notjoe@a.example",
                "To: joe@a.example.org",
                "Subject: joe@a.example",
                "To: undisclosed-recipients:;",
            })
    void whoIsNotAddressedDoesNot(String field) {
        assertThat(vacation("From: ann@b.example\r\n" + field + "\r\n\r\nTo: joe@a.example\r\n"))
                .isEqualTo(silent(Reason.NOT_ADDRESSED));
    }

    @Test
    void referencesAreThoseOfTheQuestionAndItsOwn() {
        String ids = "References: <a@x>\r\n <b@x> junk <c d>\r\n";
        vacation(ids + QUESTION);
        assertThat(outbox.messages.get(0)).contains("\r\nReferences: <a@x>\r\n <b@x>\r\n <1@b.example>\r\n");

        vacation("x@b.example", "References: " + "<0123456789@x>\r\n ".repeat(1000) + "\r\n" + QUESTION);
        String references = outbox.messages
                .get(1)
                .replaceAll("(?s).*\r\nReferences: (.*?)\r\n[A-Z].*", "$1")
                .strip();
        assertThat(references.length()).isBetween(800, 1000);
        assertThat(references).endsWith("<1@b.example>");
    }

    @Test
    void aQuestionCannotWriteTheAnswersHeader() throws IOException {
        write("joe.vacation", "Subject: Re: $SUBJECT\n\n");
        String evil = crlf(
                "From: x",
                "To: joe@a.example",
                "Subject: a\rBcc: b@x\0",
                "\tBcc: c@x",
                "Message-ID: <a\rBcc:b@x>",
                "References: <a@x>\rBcc:d@x",
                "",
                "");

        assertThat(vacation(evil)).isEqualTo(SENT);

        assertThat(outbox.messages.get(0)).contains("\r\nSubject: Re: a Bcc: b@x  Bcc: c@x\r\n");
        assertThat(outbox.messages.get(0).lines()).noneMatch(line -> line.startsWith("Bcc"));
        assertThat(outbox.messages.get(0).replace("\r\n", "")).doesNotContain("\r");
    }

    @Test
    void textThatIsNotAsciiIsEncoded() throws IOException {
        write(
                "joe.vacation",
                "From: Jörg <joe@a.example>\nSubject: Bin im Urlaub: über alle Berge, weit weg von hier und froh darüber\nTo: x@y\n\nGrüße\n");

        vacation(QUESTION);

        assertThat(outbox.messages.get(0))
                .startsWith("From: =?UTF-8?B?SsO2cmc=?= <joe@a.example>\r\nTo: ann@b.example\r\nSubject: =?UTF-8?B?")
                .contains(
                        "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n")
                .endsWith("\r\n\r\n" + new String("Grüße\n".getBytes(UTF_8), ISO_8859_1));
        assertThat(outbox.messages.get(0).lines()).allMatch(line -> line.length() < 79);
        String header = outbox.messages.get(0).split("\r\n\r\n", 2)[0];
        assertThat(header).matches("[\\r\\n\\t -~]*");
    }

    @Test
    void whatSomebodyWroteIsKeptAndTheRestIsOurs() throws IOException {
        write("joe.vacation", """
                To: evil@x.example
                Bcc: evil@x.example
                Date: today
                Message-ID: <x>
                Auto-Submitted: no
                Reply-To: sub@a.example
                Subject: away
                MIME-Version: 1.0
                Content-Type: text/html;
                 charset=us-ascii

                <p>x</p>
                """);

        vacation(QUESTION);

        assertThat(outbox.messages.get(0))
                .contains("\r\nReply-To: sub@a.example\r\n", "\r\nContent-Type: text/html; charset=us-ascii\r\n")
                .contains("\r\nAuto-Submitted: auto-replied\r\n")
                .doesNotContain("evil", "today", "Auto-Submitted: no");
    }

    @Test
    void anAddressThatAnswersNeedsNoAccount() throws IOException {
        write("info.auto", "Subject: our prices\n\nAll is free.\n");
        MailAddress info = MailAddress.of("Info@a.example");

        assertThat(reply.autoResponse(envelope("ann@b.example"), info, source("Subject: prices?\r\n\r\n")))
                .isEqualTo(SENT);
        assertThat(reply.autoResponse(envelope("ann@b.example"), info, source("Subject: prices?\r\n\r\n")))
                .isEqualTo(silent(Reason.ANSWERED));
        assertThat(reply.autoResponse(envelope("x@b.example"), info, source("Precedence: bulk\r\n\r\n")))
                .isEqualTo(silent(Reason.BULK));
        assertThat(reply.autoResponse(envelope("x@b.example"), JOE, source("\r\n")))
                .isEqualTo(silent(Reason.OFF));
        assertThat(outbox.messages).hasSize(1);
    }

    @Test
    void aFailureIsNoException() throws IOException {
        outbox.broken = true;
        assertThat(vacation(QUESTION)).isInstanceOf(Failed.class);
        outbox.broken = false;
        write("joe.vacation", "no subject\n\n");
        assertThat(vacation("x@b.example", QUESTION)).isInstanceOf(Failed.class);
        write("joe.vacation", "Subject: x\n\n" + "x".repeat(300_000));
        assertThat(vacation("x@b.example", QUESTION)).isInstanceOf(Failed.class);
        write("joe.vacation", "Subject: x\n\n");
        write("joe.vacation.db", "\u0000\u0001 Berkeley\n");
        assertThat(vacation("x@b.example", QUESTION)).isInstanceOf(Failed.class);
        write("joe.vacation.db", "");
        assertThat(reply.vacation(envelope("x@b.example"), JOE, Set.of(), () -> {
                    throw new IOException("unreadable");
                }))
                .isInstanceOf(Failed.class);
        assertThat(outbox.messages).isEmpty();
    }

    /** Whose files they are may not read what they lead to. */
    @Test
    void symbolicLinksAreNotFollowed() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "Subject: secret\n\n");
        Files.delete(folder.resolve("a.example/joe.vacation"));
        Files.createSymbolicLink(folder.resolve("a.example/joe.vacation"), secret);

        assertThat(vacation(QUESTION)).isEqualTo(silent(Reason.OFF));
    }

    @Test
    void aLineThatACrashHasCutCountsForNothing() throws IOException {
        write("joe.vacation.db", "1795334000 x@b.example\n1795334100 ann@b.exa");

        assertThat(vacation(QUESTION)).isEqualTo(SENT);
        assertThat(vacation("x@b.example", QUESTION)).isEqualTo(silent(Reason.ANSWERED));
        assertThat(read("joe.vacation.db")).isEqualTo("1795334000 x@b.example\n1795334400 ann@b.example\n");
    }

    @Test
    void onlySomeSendersAreRemembered() throws IOException {
        reply = reply.withMaxSenders(10);
        for (int i = 0; i < 100; i++) {
            assertThat(vacation("s" + i + "@b.example", QUESTION)).isInstanceOf(Sent.class);
        }

        assertThat(read("joe.vacation.db").lines().count()).isLessThanOrEqualTo(10);
        assertThat(vacation("s99@b.example", QUESTION)).isEqualTo(silent(Reason.ANSWERED));
        assertThat(vacation("s0@b.example", QUESTION)).isInstanceOf(Sent.class);
    }

    @Test
    void theReversePathCanBeTheAccounts() {
        reply = reply.withReversePathOfAccount();

        vacation(QUESTION);

        assertThat(outbox.envelopes.get(0).reversePath()).isEqualTo(new ReversePath("joe@a.example"));
    }

    private AutoReply at(Instant now) {
        return AutoReply.in(folder, outbox, Clock.fixed(now, ZoneOffset.UTC));
    }

    private AutoReplyResult vacation(String message) {
        return vacation("ann@b.example", message);
    }

    private AutoReplyResult vacation(String sender, String message) {
        return reply.vacation(envelope(sender), JOE, Set.of(MailAddress.of("joe.who@a.example")), source(message));
    }

    private static Envelope envelope(String sender) {
        return new Envelope(new ReversePath(sender), List.of(MailAddress.of("Sales@a.example")));
    }

    private static MessageSource source(String message) {
        return MessageSource.of(message.getBytes(UTF_8));
    }

    private static String crlf(String... lines) {
        return Stream.of(lines).collect(Collectors.joining("\r\n"));
    }

    private static AutoReplyResult silent(Reason reason) {
        return new Silent(reason);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve("a.example").resolve(name), text);
    }

    private String read(String name) throws IOException {
        return Files.readString(folder.resolve("a.example").resolve(name));
    }

    /** A relay that keeps what it gets, each char one octet. */
    private static final class Outbox implements Relay {
        private final List<Envelope> envelopes = new ArrayList<>();
        private final List<String> messages = new ArrayList<>();
        private boolean broken;

        @Override
        public Delivery begin(Envelope envelope) throws IOException {
            if (broken) {
                throw new IOException("full");
            }
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            return new Delivery() {
                @Override
                public OutputStream message() {
                    return octets;
                }

                @Override
                public void commit() {
                    envelopes.add(envelope);
                    messages.add(octets.toString(ISO_8859_1));
                }

                @Override
                public void close() {}
            };
        }
    }
}
