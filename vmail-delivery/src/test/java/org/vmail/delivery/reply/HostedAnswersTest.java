package org.vmail.delivery.reply;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.MessageSource;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.Relay;
import org.vmail.delivery.ReversePath;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.PasswordHash;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.memory.InMemoryStore;

/** Answers beside delivery. */
class HostedAnswersTest {
    private static final String MESSAGE = "To: joe@a.example, joe@old.example\r\nSubject: lunch\r\n\r\nhi\r\n";

    @TempDir
    private Path folder;

    private final List<String> answers = new ArrayList<>();
    private final InMemoryStore mailboxes = new InMemoryStore();

    @BeforeEach
    void prepare() throws IOException {
        Files.createDirectories(folder.resolve("a.example"));
        write("joe.vacation", "Subject: away\n\n");
        write("joe.vacation.db", "");
        write("info.auto", "Subject: prices\n\n");
    }

    @Test
    void aVacationAnswersWhenTheMailboxHasTheMessage() {
        assertThat(deliver(deliverer(mailboxes), "ann@far.example", "joe@a.example"))
                .hasOnlyElementsOfType(Outcome.Accepted.class);
        assertThat(answers).singleElement().asString().contains("ann@far.example", "Subject: away");

        deliver(deliverer(mailboxes), "ann@far.example", "joe@a.example");
        assertThat(answers).as("once").hasSize(1);
    }

    @Test
    void theFilesAreThoseOfTheMainName() {
        deliver(deliverer(mailboxes), "ann@far.example", "Joe@OLD.example");
        deliver(deliverer(mailboxes), "ann@far.example", "info@old.example");

        assertThat(answers).hasSize(2);
    }

    @Test
    void aMessageThatIsNotStoredIsNotAnswered() throws IOException {
        write("joe.auto", "Subject: me\n\n");
        DeliveryTarget broken = account -> {
            throw new IOException("full");
        };

        assertThat(deliver(deliverer(broken), "ann@far.example", "joe@a.example"))
                .hasOnlyElementsOfType(Outcome.Deferred.class);
        assertThat(answers).isEmpty();
    }

    @Test
    void anAutoResponderNeedsNoAccountAndAliasesAreFollowedFirst() {
        Deliverer deliverer = deliverer(mailboxes);

        assertThat(deliverer.accepts(MailAddress.of("info@a.example"))).isInstanceOf(Outcome.Accepted.class);
        assertThat(deliverer.accepts(MailAddress.of("other@a.example")).status())
                .isEqualTo(EnhancedStatus.UNKNOWN_USER);
        assertThat(deliver(deliverer, "ann@far.example", "sales@a.example"))
                .hasOnlyElementsOfType(Outcome.Accepted.class);
        assertThat(answers).singleElement().asString().contains("Subject: prices");
    }

    @Test
    void anAddressWithADetailIsAnsweredByTheOneWithout() throws IOException {
        Deliverer deliverer = deliverer(mailboxes);
        write("joe.auto", "Subject: me\n\n");

        assertThat(deliverer.accepts(MailAddress.of("info+x@old.example"))).isInstanceOf(Outcome.Accepted.class);
        deliver(deliverer, "ann@far.example", "info+x@old.example", "INFO@a.example");
        assertThat(answers).singleElement().asString().contains("Subject: prices");
        deliver(deliverer, "kim@far.example", "joe+lists@a.example");
        assertThat(answers).anyMatch(answer -> answer.contains("Subject: me"));
    }

    @Test
    void whatExistsAsAWholeIsNotAnsweredByWhatStandsBeforeTheDelimiter() throws IOException {
        write("sales.auto", "Subject: sales\n\n");
        write("info+all.auto", "Subject: all\n\n");
        Deliverer deliverer = deliverer(mailboxes);

        deliver(deliverer, "ann@far.example", "sales+joe@a.example");
        assertThat(answers).as("an alias of joe's").noneMatch(answer -> answer.contains("Subject: sales"));
        answers.clear();
        deliver(deliverer, "ann@far.example", "info+all@a.example");
        assertThat(answers).singleElement().asString().contains("Subject: all");
    }

    @Test
    void aDomainThatDoesNotAllowItAnswersNothing() {
        Deliverer deliverer =
                deliverer(mailboxes, HostedDomain.of(Domain.of("a.example")).withAutoResponses(false));

        assertThat(deliver(deliverer, "ann@far.example", "joe@a.example"))
                .hasOnlyElementsOfType(Outcome.Accepted.class);
        assertThat(deliverer.accepts(MailAddress.of("info@a.example")).status()).isEqualTo(EnhancedStatus.UNKNOWN_USER);
        assertThat(answers).isEmpty();
    }

    @Test
    void whatFailsBesideDeliveryChangesNothing() {
        Deliverer deliverer = deliverer(mailboxes).withListener((envelope, addresses, accounts, message) -> {
            throw new IllegalStateException("a bug");
        });

        assertThat(deliver(deliverer, "ann@far.example", "joe@a.example"))
                .hasOnlyElementsOfType(Outcome.Accepted.class);
    }

    @Test
    void whoWasNotToldIsNotHeardOf() {
        List<MailAddress> heard = new ArrayList<>();
        List<Object> told = new ArrayList<>();
        Deliverer deliverer = deliverer(mailboxes).withListener((envelope, addresses, accounts, message) -> {
            assertThat(told).as("all that is told comes first").hasSize(2);
            heard.addAll(envelope.recipients());
        });
        Envelope envelope = envelope("ann@far.example", "joe@a.example", "info@a.example");

        assertThatThrownBy(() -> deliverer.deliver(envelope, message(), result -> {
                    told.add(result);
                    if (told.size() == 2) {
                        throw new IllegalStateException("the client has gone");
                    }
                }))
                .hasMessage("the client has gone");
        assertThat(heard).containsExactly(MailAddress.of("joe@a.example"));
    }

    private Deliverer deliverer(DeliveryTarget target) {
        return deliverer(
                target, HostedDomain.of(Domain.of("a.example")).withAliases(List.of(Domain.of("old.example"))));
    }

    private Deliverer deliverer(DeliveryTarget target, HostedDomain domain) {
        Directory directory = Directory.inMemory()
                .domain(domain)
                .account(new Account(MailAddress.of("joe@a.example"), PasswordHash.locked()))
                .alias("sales@a.example", "info@a.example")
                .alias("sales+joe@a.example", "joe@a.example")
                .build();
        AutoReply reply = AutoReply.in(folder, relay());
        return Deliverer.over(reply.accepting(directory, RecipientRouter.over(directory)), target)
                .withListener(reply.beside(directory));
    }

    private Relay relay() {
        return envelope -> new Delivery() {
            private final ByteArrayOutputStream text = new ByteArrayOutputStream();

            @Override
            public OutputStream message() {
                return text;
            }

            @Override
            public void commit() {
                answers.add(envelope.recipients() + " " + text.toString(ISO_8859_1));
            }

            @Override
            public void close() {}
        };
    }

    private static List<Outcome> deliver(Deliverer deliverer, String sender, String... recipients) {
        return deliverer.deliver(envelope(sender, recipients), message()).stream()
                .map(result -> result.outcome())
                .toList();
    }

    private static MessageSource message() {
        return MessageSource.of(MESSAGE.getBytes(ISO_8859_1));
    }

    private static Envelope envelope(String sender, String... recipients) {
        return new Envelope(
                new ReversePath(sender),
                Arrays.stream(recipients).map(MailAddress::of).toList());
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve("a.example").resolve(name), text);
    }
}
