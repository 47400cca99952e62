package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmail.delivery.EnhancedStatus.LOOP;
import static org.vmail.delivery.EnhancedStatus.MAILBOX_UNAVAILABLE;
import static org.vmail.delivery.EnhancedStatus.SYSTEM_FAILURE;
import static org.vmail.delivery.EnhancedStatus.UNKNOWN_DOMAIN;
import static org.vmail.delivery.EnhancedStatus.UNKNOWN_USER;

import com.google.common.base.Throwables;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.delivery.RecordingTarget.Step;
import org.vmail.directory.Directory;
import org.vmail.net.LogRecorder;

class DelivererTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n";

    private final RecordingTarget target = new RecordingTarget();
    private final Directory directory = Directory.inMemory()
            .account("joe@a.example", "x")
            .account("ann@a.example", "x")
            .account("bob@b.example", "x")
            .account("\"joe who\"@a.example", "x")
            .alias("both@a.example", "joe@a.example", "ann@a.example")
            .alias("all@a.example", "both@a.example", "bob@b.example")
            .build();
    private final Deliverer deliverer = Deliverer.over(directory, target);
    private LogRecorder log;

    @BeforeEach
    void record() {
        log = new LogRecorder();
    }

    @AfterEach
    void allDeliveriesAreClosed() {
        log.close();
        assertThat(target.open()).as("deliveries left open").isZero();
    }

    static Stream<Throwable> whatAListenerMayThrow() {
        return Stream.of(new IllegalStateException("cause-1234567"), new NoClassDefFoundError("cause-1234567"));
    }

    @ParameterizedTest
    @MethodSource("whatAListenerMayThrow")
    void whatAListenerThrowsChangesNothing(Throwable thrown) {
        RecordingTarget mailboxes = new RecordingTarget();
        List<MailAddress> heard = new ArrayList<>();
        Deliverer deliverer = Deliverer.over((RecipientRouter) Routing.Mailbox::new, mailboxes)
                .withListener((envelope, addresses, accounts, message) -> {
                    heard.addAll(accounts);
                    Throwables.throwIfUnchecked(thrown);
                });
        List<MailAddress> recipients = List.of(MailAddress.of("joe@a.example"), MailAddress.of("ann@a.example"));

        assertThat(deliverer.deliver(
                        new Envelope(ReversePath.none(), recipients),
                        MessageSource.of("Subject: x\r\n".getBytes(ISO_8859_1))))
                .extracting(result -> result.outcome().isAccepted())
                .containsExactly(true, true);
        assertThat(heard).isEqualTo(recipients);
        assertThat(mailboxes.mailboxes()).containsExactlyInAnyOrder("joe@a.example", "ann@a.example");
    }

    @Test
    void eachMailboxGetsOneCopyAndEachRecipientAResult() {
        List<DeliveryResult> results =
                deliver(MESSAGE, "joe@a.example", "all@a.example", "JOE@a.example", "joe@a.example", "both@a.example");

        assertThat(results)
                .extracting(result -> result.recipient().toString())
                .containsExactly("joe@a.example", "all@a.example", "JOE@a.example", "joe@a.example", "both@a.example");
        assertThat(results).extracting(DeliveryResult::outcome).containsOnly(new Outcome.Accepted());
        assertThat(target.mailboxes()).containsExactlyInAnyOrder("joe@a.example", "ann@a.example", "bob@b.example");
        for (String mailbox : target.mailboxes()) {
            assertThat(target.messages(mailbox)).as(mailbox).hasSize(1);
        }
    }

    @Test
    void resultsAreInTheOrderOfTheRecipients() {
        assertThat(deliver(MESSAGE, "nobody@a.example", "joe@a.example", "joe@elsewhere.example", "nobody@a.example"))
                .extracting(result -> result.outcome().status())
                .containsExactly(UNKNOWN_USER, EnhancedStatus.RECIPIENT_VALID, UNKNOWN_DOMAIN, UNKNOWN_USER);
        assertThat(target.mailboxes()).containsExactly("joe@a.example");
    }

    @Test
    void withOneCopyAtATimeAResultIsToldBeforeTheNextMailboxIsCommitted() {
        List<Integer> committed = new ArrayList<>();

        deliverer
                .withParallelCopies(1, 1)
                .deliver(
                        envelope("joe@a.example", "nobody@a.example", "ann@a.example"),
                        MessageSource.of(MESSAGE.getBytes(ISO_8859_1)),
                        result -> committed.add(target.mailboxes().size()));

        assertThat(committed).containsExactly(1, 1, 2);
    }

    @Test
    void withOneCopyAtATimeWhoIsBehindAResultThatCannotBeToldGetsNothing() {
        deliverToNobodyWhoHears(deliverer.withParallelCopies(1, 1), "joe@a.example", "ann@a.example", "bob@b.example");

        assertThat(target.mailboxes()).containsExactly("joe@a.example");
    }

    @Test
    void whoIsFarBehindAResultThatCannotBeToldGetsNothing() {
        deliverToNobodyWhoHears(deliverer.withParallelCopies(2, 64), "joe@a.example", "ann@a.example", "bob@b.example");

        assertThat(target.mailboxes()).contains("joe@a.example").doesNotContain("bob@b.example");
    }

    private static void deliverToNobodyWhoHears(Deliverer deliverer, String... recipients) {
        assertThatThrownBy(() -> deliverer.deliver(
                        envelope(recipients), MessageSource.of(MESSAGE.getBytes(ISO_8859_1)), result -> {
                            throw new UncheckedIOException(new IOException("the client is gone"));
                        }))
                .isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void noRecipientsNoResults() {
        assertThat(deliver(MESSAGE)).isEmpty();
    }

    @Test
    void aCopyBeginsWithReturnPathAndDeliveredTo() {
        deliver(MESSAGE, "both@a.example");

        assertThat(target.messages("joe@a.example"))
                .as("RFC 5321, section 4.4")
                .containsExactly("Return-Path: <sender@x.example>\r\nDelivered-To: joe@a.example\r\n" + MESSAGE);
        assertThat(target.messages("ann@a.example"))
                .containsExactly("Return-Path: <sender@x.example>\r\nDelivered-To: ann@a.example\r\n" + MESSAGE);
    }

    @Test
    void theNullReversePathIsAnEmptyReturnPath() {
        deliverer.deliver(
                new Envelope(ReversePath.none(), List.of(MailAddress.of("joe@a.example"))),
                MessageSource.of(MESSAGE.getBytes(ISO_8859_1)));

        assertThat(target.messages("joe@a.example")).singleElement().asString().startsWith("Return-Path: <>\r\n");
    }

    @Test
    void quotesStayInTheTraceFields() {
        deliverer.deliver(
                new Envelope(
                        new ReversePath("\"who am i\"@x.example"), List.of(MailAddress.of("\"joe who\"@a.example"))),
                MessageSource.of(MESSAGE.getBytes(ISO_8859_1)));

        assertThat(target.messages("\"joe who\"@a.example"))
                .singleElement()
                .asString()
                .startsWith("Return-Path: <\"who am i\"@x.example>\r\nDelivered-To: \"joe who\"@a.example\r\n");
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void aMailboxThatFailsMakesItsRecipientWaitAndTheOthersNot(Step step) {
        target.failAt(step, "ann@a.example");

        List<DeliveryResult> results = deliver(MESSAGE, "ann@a.example", "bob@b.example");
        assertThat(results.get(0).outcome()).isInstanceOf(Outcome.Deferred.class);
        assertThat(results.get(0).outcome().status()).isEqualTo(MAILBOX_UNAVAILABLE);
        assertThat(results.get(0).outcome().text()).doesNotContain("1234567");
        assertThat(results.get(1).outcome()).isEqualTo(new Outcome.Accepted());
        assertThat(target.mailboxes()).containsExactly("bob@b.example");
        assertThat(log.texts("cause-1234567")).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"BEGIN", "WRITE"})
    void aRecipientOfSeveralMailboxesGetsAllCopiesOrNone(Step step) {
        target.failAt(step, "ann@a.example");

        assertThat(deliver(MESSAGE, "all@a.example"))
                .extracting(result -> result.outcome().status())
                .containsExactly(MAILBOX_UNAVAILABLE);
        assertThat(target.mailboxes())
                .as("so the next attempt gives nobody two")
                .isEmpty();

        target.mend();
        deliver(MESSAGE, "all@a.example");
        for (String mailbox : List.of("joe@a.example", "ann@a.example", "bob@b.example")) {
            assertThat(target.messages(mailbox)).as(mailbox).hasSize(1);
        }
    }

    @Test
    void whoSharesAMailboxWithAFailedRecipientGetsItAllTheSame() {
        target.failAt(Step.WRITE, "ann@a.example");

        assertThat(deliver(MESSAGE, "both@a.example", "joe@a.example"))
                .extracting(result -> result.outcome().status())
                .containsExactly(MAILBOX_UNAVAILABLE, EnhancedStatus.RECIPIENT_VALID);
        assertThat(target.mailboxes()).containsExactly("joe@a.example");
    }

    @Test
    void aFirstCommitThatFailsKeepsTheOthersFromBeingCommitted() {
        RecipientRouter router = recipient -> recipient.localPart().equals("list")
                ? new Routing.Alias(Set.of(), List.of(MailAddress.of("ann@a.example"), MailAddress.of("joe@a.example")))
                : new Routing.Mailbox(recipient);
        target.failAt(Step.COMMIT, "ann@a.example");

        assertThat(deliver(
                        Deliverer.over(router, target), MESSAGE, "list@a.example", "joe@a.example", "list@a.example"))
                .extracting(result -> result.outcome().status())
                .containsExactly(MAILBOX_UNAVAILABLE, EnhancedStatus.RECIPIENT_VALID, MAILBOX_UNAVAILABLE);
        assertThat(target.messages("joe@a.example"))
                .as("for himself, and not for the list")
                .hasSize(1);

        RecordingTarget other = new RecordingTarget().failAt(Step.COMMIT, "ann@a.example");
        deliver(Deliverer.over(router, other), MESSAGE, "list@a.example");
        assertThat(other.mailboxes()).as("nobody will get it twice").isEmpty();
    }

    @Test
    void aDirectoryThatFailsMakesMailWait() {
        Deliverer failing = Deliverer.over(
                (RecipientRouter) recipient -> {
                    throw new IOException("cause-1234567");
                },
                target);

        assertThat(failing.accepts(MailAddress.of("joe@a.example")))
                .isInstanceOfSatisfying(
                        Outcome.Deferred.class,
                        outcome -> assertThat(outcome.status()).isEqualTo(SYSTEM_FAILURE));
        assertThat(deliver(failing, MESSAGE, "joe@a.example"))
                .extracting(result -> result.outcome().status())
                .containsExactly(SYSTEM_FAILURE);
    }

    @Test
    void acceptsSaysWhatDeliveryWouldSay() {
        assertThat(deliverer.accepts(MailAddress.of("all@a.example"))).isEqualTo(new Outcome.Accepted());
        assertThat(deliverer.accepts(MailAddress.of("nobody@a.example")).status())
                .isEqualTo(UNKNOWN_USER);
        assertThat(deliverer.accepts(MailAddress.of("joe@elsewhere.example")).status())
                .isEqualTo(UNKNOWN_DOMAIN);
    }

    @Test
    void aMessageThatCannotBeReadWaits() {
        MessageSource unreadable = () -> {
            throw new IOException("cause-1234567");
        };

        assertThat(deliverer.deliver(envelope("joe@a.example", "nobody@a.example"), unreadable))
                .hasSize(2)
                .allSatisfy(result -> assertThat(result.outcome().status()).isEqualTo(SYSTEM_FAILURE));
    }

    @Test
    void aMessageThatBreaksOffIsDeliveredToNobody() {
        MessageSource breaking = new MessageSource() {
            private int opened;

            @Override
            public InputStream open() throws IOException {
                if (opened++ > 0) {
                    throw new IOException("cause-1234567");
                }
                return InputStream.nullInputStream();
            }
        };

        assertThat(deliverer.deliver(envelope("joe@a.example"), breaking))
                .extracting(DeliveryResult::outcome)
                .hasOnlyElementsOfType(Outcome.Deferred.class);
        assertThat(target.mailboxes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Delivered-To: joe@a.example\r\n",
                "DELIVERED-TO:JOE@A.EXAMPLE\r\n",
                "Subject: x\r\nDelivered-To: \t joe@a.example  \r\n",
                "Delivered-To: joe@a.example\n"
            })
    void aMessageThatWasDeliveredThereBeforeIsALoop(String header) {
        List<DeliveryResult> results = deliver(header + MESSAGE, "joe@a.example", "bob@b.example");

        assertThat(results.get(0).outcome()).isInstanceOf(Outcome.Refused.class);
        assertThat(results.get(0).outcome().status()).isEqualTo(LOOP);
        assertThat(results.get(1).outcome()).isEqualTo(new Outcome.Accepted());
        assertThat(target.mailboxes()).containsExactly("bob@b.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Delivered-To: ann@a.example\r\n\r\n",
                "X-Delivered-To: joe@a.example\r\n\r\n",
                "Delivered-To: joe@a.example.org\r\n\r\n",
                "Subject: x\r\n\r\nDelivered-To: joe@a.example\r\n",
                "\r\nDelivered-To: joe@a.example\r\n",
                " Delivered-To: joe@a.example\r\n\r\n"
            })
    void whatOnlyLooksLikeALoopIsDelivered(String message) {
        assertThat(deliver(message, "joe@a.example"))
                .extracting(DeliveryResult::outcome)
                .containsExactly(new Outcome.Accepted());
    }

    @Test
    void aLoopIntoOneOfSeveralMailboxesLeavesTheOthersTheirCopy() {
        assertThat(deliver("Delivered-To: ann@a.example\r\n" + MESSAGE, "both@a.example"))
                .extracting(DeliveryResult::outcome)
                .containsExactly(new Outcome.Accepted());
        assertThat(target.mailboxes()).containsExactly("joe@a.example");
    }

    @Test
    void tooManyHopsAreALoop() {
        Deliverer short3 = deliverer.withMaxHops(3);
        String hop = "Received: from x\r\n\tby y\r\n";

        assertThat(deliver(short3, hop.repeat(3) + MESSAGE, "joe@a.example"))
                .extracting(DeliveryResult::outcome)
                .containsExactly(new Outcome.Accepted());
        assertThat(deliver(short3, hop.repeat(4) + MESSAGE, "joe@a.example", "nobody@a.example"))
                .as("RFC 5321, section 6.3")
                .extracting(result -> result.outcome().status())
                .containsExactly(LOOP, LOOP);
        assertThat(target.messages("joe@a.example")).hasSize(1);
    }

    @Test
    void receivedFieldsInTheBodyAreNoHops() {
        assertThat(deliver(deliverer.withMaxHops(1), MESSAGE + "Received: x\r\n".repeat(9), "joe@a.example"))
                .extracting(DeliveryResult::outcome)
                .containsExactly(new Outcome.Accepted());
    }

    @Test
    void limitsArePositive() {
        assertThatThrownBy(() -> deliverer.withMaxHops(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> deliverer.withMaxExpansion(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> deliverer.withParallelCopies(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> deliverer.withParallelCopies(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theExpansionLimitIsASetting() {
        assertThat(deliverer
                        .withMaxExpansion(1)
                        .accepts(MailAddress.of("both@a.example"))
                        .status()
                        .kind())
                .isEqualTo(4);
    }

    private List<DeliveryResult> deliver(String message, String... recipients) {
        return deliver(deliverer, message, recipients);
    }

    private static List<DeliveryResult> deliver(Deliverer deliverer, String message, String... recipients) {
        return deliverer.deliver(envelope(recipients), MessageSource.of(message.getBytes(ISO_8859_1)));
    }

    private static Envelope envelope(String... recipients) {
        return new Envelope(
                new ReversePath("sender@x.example"),
                Arrays.stream(recipients).map(MailAddress::of).toList());
    }
}
