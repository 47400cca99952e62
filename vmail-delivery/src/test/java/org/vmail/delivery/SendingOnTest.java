package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.delivery.RecordingTarget.Step;
import org.vmail.directory.Account;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.Directory;
import org.vmail.directory.Forward;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.InMemoryDirectoryBuilder;
import org.vmail.directory.OverQuotaReply;
import org.vmail.directory.PasswordHash;
import org.vmail.directory.Quota;
import org.vmail.mailbox.Delivery;

/** Members elsewhere and in files, and what accounts send on. */
class SendingOnTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n";
    private static final Outcome ACCEPTED = new Outcome.Accepted();

    private final RecordingTarget target = new RecordingTarget();
    private final RecordingRelay relay = new RecordingRelay();
    private final InMemoryDirectoryBuilder directory = Directory.inMemory()
            .account("joe@a.example", "x")
            .account("ann@a.example", "x")
            .alias("list@a.example", "joe@a.example", "x@far.example", "y@far.example")
            .alias("far@a.example", "x@far.example");

    /** Keeps what was committed, and fails where it is told to. */
    private static final class RecordingRelay implements Relay {
        private final List<Envelope> envelopes = new ArrayList<>();
        private final List<String> messages = new ArrayList<>();
        private final Set<Step> failing = new TreeSet<>();
        private int open;

        @Override
        public Delivery begin(Envelope envelope) throws IOException {
            check(Step.BEGIN);
            open++;
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            return new Delivery() {
                @Override
                public OutputStream message() {
                    return octets;
                }

                @Override
                public void commit() throws IOException {
                    check(Step.COMMIT);
                    envelopes.add(envelope);
                    messages.add(octets.toString(ISO_8859_1));
                }

                @Override
                public void close() {
                    open--;
                }
            };
        }

        private void check(Step step) throws IOException {
            if (failing.contains(step)) {
                throw new IOException("cause-1234567");
            }
        }

        Set<String> recipients() {
            Set<String> all = new TreeSet<>();
            envelopes.forEach(envelope -> envelope.recipients().forEach(one -> all.add(one.toString())));
            return all;
        }
    }

    @AfterEach
    void allDeliveriesAreClosed() {
        assertThat(target.open()).as("deliveries left open").isZero();
        assertThat(relay.open).as("messages left open").isZero();
    }

    @Test
    void membersElsewhereShareOneMessage() {
        assertThat(deliver("list@a.example")).containsExactly(ACCEPTED);
        assertThat(relay.envelopes)
                .containsExactly(new Envelope(
                        new ReversePath("sender@z.example"),
                        List.of(MailAddress.of("x@far.example"), MailAddress.of("y@far.example"))));
        assertThat(relay.messages)
                .as("RFC 5321, section 4.4: the Return-Path is for the final delivery")
                .containsExactly("Delivered-To: list@a.example\r\n" + MESSAGE);
        assertThat(target.mailboxes()).containsExactly("joe@a.example");
    }

    @Test
    void theNullReversePathStaysNull() {
        assertThat(deliver(deliverer(), ReversePath.none(), MESSAGE, "far@a.example"))
                .containsExactly(ACCEPTED);
        assertThat(relay.envelopes).extracting(Envelope::reversePath).containsExactly(ReversePath.none());
    }

    @Test
    void whoeverIsReachedTwiceGetsOneCopy() {
        assertThat(deliver("list@a.example", "far@a.example", "LIST@a.example", "list@a.example"))
                .containsOnly(ACCEPTED)
                .hasSize(4);
        assertThat(relay.envelopes.stream().flatMap(envelope -> envelope.recipients().stream()))
                .as("each once, whatever shares a message")
                .containsExactlyInAnyOrder(MailAddress.of("x@far.example"), MailAddress.of("y@far.example"));
    }

    @Test
    void nobodyIsSentWhatARecipientWaitsFor() {
        target.failAt(Step.WRITE, "joe@a.example");

        assertThat(deliver("list@a.example", "far@a.example").get(0)).isInstanceOf(Outcome.Deferred.class);
        assertThat(relay.recipients())
                .as("x for the sake of far, and y not: the next attempt sends to her")
                .containsExactly("x@far.example");
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"BEGIN", "COMMIT"})
    void aRelayThatFailsMakesTheRecipientWait(Step step) {
        relay.failing.add(step);

        List<Outcome> outcomes = deliver("far@a.example", "ann@a.example");
        assertThat(outcomes.get(0)).isInstanceOf(Outcome.Deferred.class);
        assertThat(outcomes.get(0).text()).doesNotContain("1234567");
        assertThat(outcomes.get(1)).isEqualTo(ACCEPTED);
    }

    @Test
    void withoutARelayItWaitsAndARecipientElsewhereIsRefusedInAnyCase() {
        Deliverer alone = Deliverer.over(directory.build(), target);
        assertThat(deliver(alone, ReversePath.none(), MESSAGE, "far@a.example"))
                .extracting(Outcome::status)
                .containsExactly(EnhancedStatus.MISCONFIGURED);
        assertThat(deliver("x@far.example"))
                .as("nobody relays for strangers")
                .extracting(Outcome::status)
                .containsExactly(EnhancedStatus.UNKNOWN_DOMAIN);
        assertThat(relay.envelopes).isEmpty();
    }

    @Test
    void whatComesBackIsALoop() {
        deliver("far@a.example");

        String back = relay.messages.get(0);
        assertThat(deliver(deliverer(), ReversePath.none(), back, "FAR@a.example"))
                .extracting(Outcome::status)
                .containsExactly(EnhancedStatus.LOOP);
        assertThat(deliver(deliverer(), ReversePath.none(), back, "list@a.example"))
                .as("which did not send it on")
                .containsExactly(ACCEPTED);
    }

    @Test
    void anAccountSendsItsMailOnWithACopyOrWithout() {
        directory
                .account(account("joe").withForward(forward(true, "x@far.example")))
                .account(account("ann").withForward(forward(false, "y@far.example", "joe@a.example")));

        assertThat(deliver("ann@a.example")).containsExactly(ACCEPTED);
        assertThat(relay.recipients()).containsExactly("x@far.example", "y@far.example");
        assertThat(target.mailboxes()).containsExactly("joe@a.example");
    }

    @Test
    void accountsThatSendToEachOtherHaveNobody() {
        directory
                .account(account("joe").withForward(forward(false, "ann@a.example")))
                .account(account("ann").withForward(forward(false, "joe@a.example")));

        assertThat(deliver("ann@a.example")).extracting(Outcome::status).containsExactly(EnhancedStatus.UNKNOWN_USER);
    }

    @Test
    void anAliasThatKeepsACopyMeansTheAccountAndWhereItSendsItsMail() {
        directory
                .account(account("joe").withForward(forward(true, "x@far.example")))
                .alias("joe@a.example", "joe@a.example", "ann@a.example");

        assertThat(deliver("joe@a.example")).containsExactly(ACCEPTED);
        assertThat(target.mailboxes()).containsExactlyInAnyOrder("joe@a.example", "ann@a.example");
        assertThat(relay.recipients()).containsExactly("x@far.example");
    }

    @Test
    void whoIsDisabledGetsNoMail() {
        directory.account(account("joe").whenDisabled()).alias("both@a.example", "joe@a.example", "ann@a.example");

        assertThat(deliverer().accepts(MailAddress.of("joe@a.example")).status())
                .isEqualTo(EnhancedStatus.MAILBOX_DISABLED);
        assertThat(deliver("both@a.example", "joe@a.example"))
                .extracting(Outcome::status)
                .as("a member who gets no mail is left out")
                .containsExactly(EnhancedStatus.RECIPIENT_VALID, EnhancedStatus.MAILBOX_DISABLED);
        assertThat(target.mailboxes()).containsExactly("ann@a.example");
    }

    @Test
    void filesAreDeliveredToWhereThatIsAllowed() {
        Map<Path, Integer> written = new HashMap<>();
        MailFiles files = new MailFiles() {
            @Override
            public Delivery mbox(Path file) throws IOException {
                written.merge(file, 1, Integer::sum);
                return target.begin(MailAddress.of("mbox@files.example"));
            }

            @Override
            public Delivery maildir(Path maildir) throws IOException {
                written.merge(maildir, 1, Integer::sum);
                return target.begin(MailAddress.of("maildir@files.example"));
            }
        };
        directory.domain(HostedDomain.of(Domain.of("a.example")).withCommands(true));
        directory.alias(new Alias(
                MailAddress.of("archive@a.example"),
                List.of(new AliasTarget.Mbox(Path.of("/m")), new AliasTarget.Maildir(Path.of("/n")))));

        assertThat(deliver("archive@a.example"))
                .extracting(Outcome::status)
                .containsExactly(EnhancedStatus.MISCONFIGURED);
        assertThat(deliver(
                        deliverer().withMailFiles(files),
                        ReversePath.none(),
                        MESSAGE,
                        "archive@a.example",
                        "archive+x@a.example"))
                .containsExactly(ACCEPTED, ACCEPTED);
        assertThat(written).containsOnly(Map.entry(Path.of("/m"), 1), Map.entry(Path.of("/n"), 1));
        assertThat(target.messages("mbox@files.example"))
                .containsExactly(String.join(
                        "\r\n",
                        "Return-Path: <>",
                        "Delivered-To: archive@a.example",
                        "Delivered-To: archive+x@a.example",
                        MESSAGE));
    }

    @Test
    void whatIsThrownAwayIsAccepted() {
        directory.alias(new Alias(MailAddress.of("null@a.example"), List.of(new AliasTarget.Discard())));

        assertThat(deliver("null@a.example")).containsExactly(ACCEPTED);
        assertThat(target.mailboxes()).isEmpty();
    }

    @Test
    void aMailboxWithoutRoomIsToldBeforeTheMessageIsSent() {
        target.limit("joe@a.example", Quota.ofOctets(1000)).limit("ann@a.example", Quota.ofMessages(1));
        directory.alias("both@a.example", "joe@a.example", "ann@a.example");
        Deliverer deliverer = deliverer();
        assertThat(deliver("ann@a.example")).containsExactly(ACCEPTED);

        assertThat(accepts(deliverer, "joe@a.example", 1000)).isEqualTo(EnhancedStatus.RECIPIENT_VALID);
        assertThat(accepts(deliverer, "joe@a.example", 1001)).as("never").isEqualTo(EnhancedStatus.MAILBOX_FULL);
        assertThat(accepts(deliverer, "ann@a.example", 0)).isEqualTo(EnhancedStatus.MAILBOX_FULL_NOW);
        assertThat(accepts(deliverer, "both@a.example", 1))
                .as("one of them has to wait")
                .isEqualTo(EnhancedStatus.MAILBOX_FULL_NOW);
        assertThat(accepts(deliverer.withOverQuotaReply(OverQuotaReply.PERMANENT), "ann@a.example", 0))
                .isEqualTo(EnhancedStatus.MAILBOX_FULL);
        target.failAt(Step.BEGIN, "joe@a.example");
        assertThat(accepts(deliverer, "joe@a.example", 1)).isEqualTo(EnhancedStatus.MAILBOX_UNAVAILABLE);
    }

    @Test
    void whatADomainSaysOfFullMailboxesIsTold() {
        target.limit("cleo@c.example", Quota.ofOctets(300));
        Directory strict = Directory.inMemory()
                .domain(HostedDomain.of(Domain.of("c.example")).withOverQuotaReply(OverQuotaReply.PERMANENT))
                .account("cleo@c.example", "x")
                .build();
        Deliverer deliverer = Deliverer.over(strict, target);
        Envelope envelope = new Envelope(ReversePath.none(), List.of(MailAddress.of("cleo@c.example")));
        MessageSource message = MessageSource.of(
                "Subject: x\r\n\r\n%s\r\n".formatted("x".repeat(180)).getBytes(UTF_8));

        assertThat(deliverer.deliver(envelope, message).get(0).outcome()).isEqualTo(ACCEPTED);
        assertThat(deliverer.deliver(envelope, message).get(0).outcome().status())
                .as("there is no room for a second")
                .isEqualTo(EnhancedStatus.MAILBOX_FULL);
        assertThat(target.messages("cleo@c.example")).hasSize(1);
        assertThat(target.open()).isZero();
    }

    private static EnhancedStatus accepts(Deliverer deliverer, String recipient, long octets) {
        return deliverer.accepts(MailAddress.of(recipient), octets).status();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Return-Path: <old@x.example>\r\n",
                "return-path:\r\n <old@x.example>\r\n\t(folded)\r\n",
                "Return-Path: <old@x.example>\n",
                "Return-Path: <a@x.example>\r\nReturn-Path: <b@x.example>\r\n"
            })
    void aReturnPathFromBeforeIsReplaced(String before) {
        String rest = "Return-Path-X: y\r\n" + MESSAGE + "Return-Path: <in the body>\r\n";

        deliver(deliverer(), ReversePath.none(), "X: 1\r\n" + before + rest, "joe@a.example", "far@a.example");
        assertThat(target.messages("joe@a.example"))
                .as("RFC 5321, section 4.4")
                .containsExactly("Return-Path: <>\r\nDelivered-To: joe@a.example\r\nX: 1\r\n" + rest);
        assertThat(relay.messages).containsExactly("Delivered-To: far@a.example\r\nX: 1\r\n" + rest);
    }

    @Test
    void aReturnPathAtTheEndOfWhatIsLookedAtStaysWhole() {
        String message = "X: " + "y".repeat(256 * 1024 - 20) + "\r\nReturn-Path: <long@x.example>\r\n" + MESSAGE;

        deliver(deliverer(), ReversePath.none(), message, "joe@a.example");
        assertThat(target.messages("joe@a.example")).singleElement().asString().endsWith(message);
    }

    /** Each recipient has the same result, and everybody the same mail, in whatever order the recipients are. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theOrderOfTheRecipientsDoesNotMatter(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            InMemoryDirectoryBuilder graph = Directory.inMemory().account("own@b.example", "x");
            List<String> names = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                String name = "n" + i + "@a.example";
                names.add(name);
                int kind = random.nextInt(4);
                if (kind == 0) {
                    graph.account(name, "x");
                } else if (kind < 3) {
                    graph.alias(
                            name,
                            random.ints(1 + random.nextInt(3), 0, 16)
                                    .mapToObj(n -> n < 12 ? "n" + n + "@a.example" : "far" + n + "@far.example")
                                    .toArray(String[]::new));
                }
            }
            Set<String> failing = new TreeSet<>();
            random.ints(2, 0, 12).forEach(i -> failing.add("n" + i + "@a.example"));
            Step step = random.nextBoolean() ? Step.BEGIN : Step.WRITE;
            Map<String, Outcome> expected = null;
            List<Object> mail = null;
            for (int order = 0; order < 4; order++) {
                RecordingTarget mailboxes = new RecordingTarget();
                failing.forEach(mailbox -> mailboxes.failAt(step, mailbox));
                RecordingRelay sent = new RecordingRelay();
                Deliverer deliverer = Deliverer.over(graph.build(), mailboxes).withRelay(sent);
                List<Outcome> outcomes = deliver(deliverer, ReversePath.none(), MESSAGE, names.toArray(String[]::new));
                Map<String, Outcome> found = new HashMap<>();
                for (int i = 0; i < names.size(); i++) {
                    found.put(names.get(i), outcomes.get(i));
                }
                List<Object> got = List.of(mailboxes.mailboxes(), sent.recipients());
                assertThat(mailboxes.mailboxes())
                        .allSatisfy(mailbox ->
                                assertThat(mailboxes.messages(mailbox)).hasSize(1));
                assertThat(sent.envelopes.stream()
                                .mapToInt(e -> e.recipients().size())
                                .sum())
                        .as("seed %d: each once", seed)
                        .isEqualTo(sent.recipients().size());
                assertThat(found).as("seed %d", seed).isEqualTo(expected == null ? found : expected);
                assertThat(got).as("seed %d", seed).isEqualTo(mail == null ? got : mail);
                expected = found;
                mail = got;
                Collections.shuffle(names, random);
            }
        }
    }

    private static Account account(String name) {
        return new Account(MailAddress.of(name + "@a.example"), PasswordHash.locked());
    }

    private static Forward forward(boolean keepCopy, String... to) {
        return new Forward(Arrays.stream(to).map(MailAddress::of).toList(), keepCopy);
    }

    private Deliverer deliverer() {
        return Deliverer.over(directory.build(), target).withRelay(relay);
    }

    private List<Outcome> deliver(String... recipients) {
        return deliver(deliverer(), new ReversePath("sender@z.example"), MESSAGE, recipients);
    }

    private static List<Outcome> deliver(
            Deliverer deliverer, ReversePath sender, String message, String... recipients) {
        Envelope envelope = new Envelope(
                sender, Arrays.stream(recipients).map(MailAddress::of).toList());
        return deliverer.deliver(envelope, MessageSource.of(message.getBytes(ISO_8859_1))).stream()
                .map(DeliveryResult::outcome)
                .toList();
    }
}
