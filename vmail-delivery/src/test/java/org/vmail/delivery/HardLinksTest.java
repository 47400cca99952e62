package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.CommandLine;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxStore;

/** One file for all mailboxes of a message. */
@Timeout(60)
class HardLinksTest {
    private static final String TEXT = "Subject: x\r\n\r\nbody\r\n";
    private static final MessageSource MESSAGE = MessageSource.of(TEXT.getBytes(ISO_8859_1));
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Outcome ACCEPTED = new Outcome.Accepted();

    @TempDir
    private Path folder;

    /** Mailboxes in files that tell what is done with them; those whose names begin so fail, or are elsewhere. */
    private static final class Watched implements DeliveryTarget {
        private final MaildirStore store;
        private final List<String> steps = new ArrayList<>();
        private final Map<Delivery, Delivery> real = new HashMap<>();

        Watched(MaildirStore store) {
            this.store = store;
        }

        @Override
        public Delivery begin(MailAddress account) throws IOException {
            return watch("write ", account, store.begin(account));
        }

        @Override
        public BeginResult begin(MailAddress account, long octets) throws IOException {
            return watch("write ", account, store.begin(account, octets));
        }

        @Override
        public Optional<BeginResult> beginLinked(MailAddress account, Delivery written) throws IOException {
            if (account.localPart().startsWith("far")) {
                return Optional.empty();
            }
            Optional<BeginResult> result = store.beginLinked(account, real.getOrDefault(written, written));
            return result.isEmpty() ? result : Optional.of(watch("link ", account, result.get()));
        }

        private BeginResult watch(String how, MailAddress account, BeginResult result) {
            return result instanceof BeginResult.Begun begun
                    ? new BeginResult.Begun(watch(how, account, begun.delivery()))
                    : result;
        }

        private Delivery watch(String how, MailAddress account, Delivery delivery) {
            String name = account.localPart();
            steps.add(how + name);
            Delivery watched = new Delivery() {
                @Override
                public OutputStream message() {
                    if (name.endsWith("unwritable")) {
                        throw new IllegalStateException("cause-1234567");
                    }
                    return delivery.message();
                }

                @Override
                public void reveal() throws IOException {
                    steps.add("reveal " + name);
                    if (name.startsWith("unrevealed")) {
                        throw new IOException("cause-1234567");
                    }
                    delivery.reveal();
                }

                @Override
                public void commit() throws IOException {
                    steps.add("commit " + name);
                    if (name.startsWith("uncommitted")) {
                        throw new IOException("cause-1234567");
                    }
                    delivery.commit();
                }

                @Override
                public void close() throws IOException {
                    delivery.close();
                }
            };
            real.put(watched, delivery);
            return watched;
        }
    }

    private Watched target = new Watched(MaildirStore.under(Path.of("")));

    @BeforeEach
    void watch() {
        target = new Watched(MaildirStore.under(folder));
    }

    @Test
    void aMessageForSeveralMailboxesIsOneFileWithoutDeliveredTo() throws IOException {
        assertThat(deliver(direct(), "joe", "ann", "eve")).containsOnly(ACCEPTED);
        Path joes = onlyFile("joe");
        assertThat(joes).hasContent("Return-Path: <sender@x.example>\n" + TEXT.replace("\r\n", "\n"));
        assertThat(onlyFile("ann")).matches(anns -> isSameFile(anns, joes));
        assertThat(onlyFile("eve")).matches(eves -> isSameFile(eves, joes));
    }

    @Test
    void aMessageForOneMailboxKeepsItsDeliveredTo() throws IOException {
        assertThat(deliver(direct(), "joe")).containsOnly(ACCEPTED);
        assertThat(onlyFile("joe")).content().contains("Delivered-To: joe@a.example\n");
        assertThat(target.steps).containsExactly("write joe", "commit joe");
    }

    @Test
    void withoutTheOptionEachHasAFileOfItsOwn() throws IOException {
        assertThat(deliver(direct().withHardLinks(false), "joe", "ann")).containsOnly(ACCEPTED);
        assertThat(onlyFile("joe")).content().contains("Delivered-To: joe@a.example\n");
        assertThat(onlyFile("ann")).content().contains("Delivered-To: ann@a.example\n");
    }

    @Test
    void allAreVisibleBeforeTheFirstIsSyncedAndEachIsToldInTurn() throws IOException {
        direct().deliver(
                        envelope("a", "b", "c"),
                        MESSAGE,
                        result -> target.steps.add("told " + result.recipient().localPart()));
        assertThat(target.steps)
                .containsExactly(
                        "write a",
                        "link b",
                        "link c",
                        "reveal a",
                        "reveal b",
                        "reveal c",
                        "commit a",
                        "told a",
                        "commit b",
                        "told b",
                        "commit c",
                        "told c");
    }

    @Test
    void noMoreAreVisibleAndUntoldThanMayBeDeliveredToAtTheSameTime() throws IOException {
        assertThat(deliver(direct().withParallelCopies(2, 1), "a", "b", "c")).containsOnly(ACCEPTED);
        assertThat(target.steps)
                .containsExactly(
                        "write a",
                        "link b",
                        "reveal a",
                        "reveal b",
                        "commit a",
                        "commit b",
                        "link c",
                        "reveal c",
                        "commit c");
        target.steps.clear();
        assertThat(deliver(direct().withParallelCopies(1, 1), "a", "b")).containsOnly(ACCEPTED);
        assertThat(target.steps).containsExactly("write a", "reveal a", "commit a", "link b", "reveal b", "commit b");
    }

    @Test
    void nobodySeesTheMessageWhileTheProgramOfSomebodyElseRuns() throws IOException {
        Path seen = folder.resolve("seen");
        Path look = folder.resolve("look");
        Files.writeString(
                look, "#!/bin/sh\ncat >/dev/null\nls " + folder + "/a.example/ann/new 2>/dev/null | wc -l > " + seen);
        assertThat(look.toFile().setExecutable(true)).isTrue();
        Routing program = new Routing.Alias(
                Set.of(new Destination.Command(MailAddress.of("list@a.example"), CommandLine.parse(look.toString()))),
                List.of());

        assertThat(deliver(routed(program), "joe", "list", "ann", "eve")).containsOnly(ACCEPTED);
        assertThat(Files.readString(seen).strip()).isEqualTo("0");
        assertThat(isSameFile(onlyFile("joe"), onlyFile("ann"))).isTrue();
        assertThat(isSameFile(onlyFile("joe"), onlyFile("eve"))).isTrue();
    }

    @Test
    void whatNobodyWasToldOfIsGoneBeforeListenersRun() throws IOException {
        List<Boolean> seen = new ArrayList<>();
        Deliverer deliverer =
                direct().withListener((envelope, addresses, accounts, message) -> seen.add(isVisible("c")));
        assertThatIllegalStateException()
                .isThrownBy(() -> deliverer.deliver(envelope("a", "b", "c"), MESSAGE, result -> {
                    if (result.recipient().localPart().equals("b")) {
                        throw new IllegalStateException("the client has gone");
                    }
                }));
        assertThat(seen).containsExactly(false);
        assertThat(target.steps).contains("reveal c").doesNotContain("commit c");
    }

    private boolean isVisible(String name) {
        try {
            return !files(name, "new").isEmpty();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void noMoreIsOpenThanIsDeliveredAtTheSameTime(boolean mbox) {
        assumeTrue(Files.isDirectory(DESCRIPTORS), "needs /proc");
        DeliveryTarget many = mbox
                ? MboxStore.under(folder)
                : MaildirStore.under(folder).withQuota(QuotaPolicy.of(account -> Quota.ofMessages(10)));
        MessageSource large = MessageSource.of((TEXT + "0123456789\r\n".repeat(10_000)).getBytes(ISO_8859_1));
        Deliverer deliverer =
                Deliverer.over((RecipientRouter) Routing.Mailbox::new, many).withHardLinks(true);
        String[] names = IntStream.range(0, 200).mapToObj(i -> "u" + i).toArray(String[]::new);
        int before = openFiles();
        List<Integer> open = new ArrayList<>();
        deliverer.deliver(envelope(names), large, result -> {
            assertThat(result.outcome()).isEqualTo(ACCEPTED);
            open.add(openFiles() - before);
        });
        assertThat(open).hasSize(200).allMatch(count -> count < 60);
    }

    private static int openFiles() {
        return Objects.requireNonNull(DESCRIPTORS.toFile().list()).length;
    }

    @Test
    void whatCannotBeLinkedIsWrittenAgainAndLinkedFromThere() throws IOException {
        assertThat(deliver(direct(), "joe", "far1", "ann")).containsOnly(ACCEPTED);
        assertThat(target.steps).startsWith("write joe", "write far1", "link ann");
        assertThat(onlyFile("far1")).content().startsWith("Return-Path: <sender@x.example>\nSubject");
        assertThat(isSameFile(onlyFile("far1"), onlyFile("joe"))).isFalse();
        assertThat(isSameFile(onlyFile("far1"), onlyFile("ann"))).isTrue();
    }

    @Test
    void whoCannotHaveItDoesNotHinderTheOthers() throws IOException {
        List<Outcome> outcomes = deliver(direct(), "unwritable", "joe", "unrevealed", "uncommitted", "ann");
        assertThat(outcomes).extracting(Outcome::isAccepted).containsExactly(false, true, false, false, true);
        assertThat(outcomes).extracting(Outcome::isDeferred).containsExactly(true, false, true, true, false);
        assertThat(isSameFile(onlyFile("joe"), onlyFile("ann"))).isTrue();
        for (String without : List.of("unwritable", "unrevealed", "uncommitted")) {
            assertThat(files(without, "new")).as(without).isEmpty();
            assertThat(files(without, "tmp")).as(without).isEmpty();
        }
        assertThat(target.steps).doesNotContain("reveal unwritable", "commit unwritable", "commit unrevealed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe,full,ann", "full,joe,ann", "joe,ann,full"})
    void aFullMailboxIsRefusedWhereverItStands(String recipients) throws IOException {
        Deliverer limited = Deliverer.over(
                        (RecipientRouter) Routing.Mailbox::new,
                        new Watched(MaildirStore.under(folder)
                                .withQuota(QuotaPolicy.of(account ->
                                        account.localPart().equals("full") ? Quota.ofOctets(1) : Quota.UNLIMITED))))
                .withHardLinks(true);
        List<String> names = List.of(recipients.split(","));
        List<Outcome> outcomes = deliver(limited, names.toArray(String[]::new));
        for (int i = 0; i < names.size(); i++) {
            assertThat(outcomes.get(i).isAccepted())
                    .as(names.get(i))
                    .isEqualTo(!names.get(i).equals("full"));
        }
        assertThat(isSameFile(onlyFile("joe"), onlyFile("ann"))).isTrue();
        assertThat(files("full", "new")).isEmpty();
    }

    @Test
    void aListIsDeliveredToAllOfItsMailboxesOrToNone() throws IOException {
        assertThat(deliver(routed(alias("joe", "far-unwritable", "ann")), "list", "eve"))
                .extracting(Outcome::isAccepted)
                .containsExactly(false, true);
        assertThat(files("joe", "new")).isEmpty();
        assertThat(files("ann", "new")).isEmpty();
        assertThat(target.steps).doesNotContain("reveal joe", "reveal ann", "commit joe", "commit ann");

        assertThat(deliver(routed(alias("joe", "ann")), "list", "max")).containsOnly(ACCEPTED);
        assertThat(isSameFile(onlyFile("joe"), onlyFile("ann"))).isTrue();
        assertThat(isSameFile(onlyFile("joe"), onlyFile("max"))).isTrue();
    }

    @Test
    void aMailboxThatSeveralRecipientsLeadToHasItOnce() throws IOException {
        assertThat(deliver(routed(alias("joe", "ann")), "list", "joe", "list", "max"))
                .containsOnly(ACCEPTED);
        assertThat(target.steps.stream().filter(step -> step.startsWith("commit")))
                .containsExactlyInAnyOrder("commit joe", "commit ann", "commit max");
    }

    @Test
    void whatIsSentOnStillSaysForWhomSoALoopEnds() throws IOException {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        Relay relay = envelope -> new Delivery() {
            @Override
            public OutputStream message() {
                return sent;
            }

            @Override
            public void commit() {}

            @Override
            public void close() {}
        };
        Routing both =
                new Routing.Alias(Set.of(new Destination.Remote(MailAddress.of("x@far.example"))), addresses("joe"));

        assertThat(deliver(routed(both).withRelay(relay), "list", "ann")).containsOnly(ACCEPTED);
        assertThat(onlyFile("joe")).content().doesNotContain("Delivered-To");
        assertThat(sent.toString(ISO_8859_1)).isEqualTo("Delivered-To: list@a.example\r\n" + TEXT);
    }

    @Test
    void whatAFilterMadeIsSharedByThoseWhoHaveTheFilter() throws IOException {
        RecipientRouter router = new RecipientRouter() {
            @Override
            public Routing route(MailAddress recipient) {
                return new Routing.Mailbox(recipient);
            }

            @Override
            public Optional<Filter> filter(Domain domain) {
                return domain.equals(Domain.of("a.example"))
                        ? Optional.of(new Filter(domain, CommandLine.parse("/bin/sed s/body/BODY/")))
                        : Optional.empty();
            }
        };
        List<MailAddress> recipients = Stream.of("joe@a.example", "eve@b.example", "ann@a.example", "max@b.example")
                .map(MailAddress::of)
                .toList();
        assertThat(Deliverer.over(router, target)
                        .withHardLinks(true)
                        .deliver(new Envelope(ReversePath.none(), recipients), MESSAGE))
                .extracting(DeliveryResult::outcome)
                .containsOnly(ACCEPTED);

        assertThat(target.steps).startsWith("write joe", "write eve", "link ann", "link max");
        assertThat(onlyFile("joe")).content().contains("BODY");
        try (Stream<Path> eves = Files.list(folder.resolve("b.example/eve/new"))) {
            assertThat(eves)
                    .singleElement()
                    .satisfies(file -> assertThat(file).content().contains("body"));
        }
    }

    private Deliverer direct() {
        return Deliverer.over((RecipientRouter) Routing.Mailbox::new, target).withHardLinks(true);
    }

    private Deliverer routed(Routing list) {
        return Deliverer.over(
                        recipient -> recipient.localPart().equals("list") ? list : new Routing.Mailbox(recipient),
                        target)
                .withHardLinks(true);
    }

    private static Routing alias(String... names) {
        return new Routing.Alias(Set.of(), addresses(names));
    }

    private static List<Outcome> deliver(Deliverer deliverer, String... names) {
        return deliverer.deliver(envelope(names), MESSAGE).stream()
                .map(DeliveryResult::outcome)
                .toList();
    }

    private static Envelope envelope(String... names) {
        return new Envelope(new ReversePath("sender@x.example"), addresses(names));
    }

    private static List<MailAddress> addresses(String... names) {
        return Stream.of(names).map(name -> MailAddress.of(name + "@a.example")).toList();
    }

    private static boolean isSameFile(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path onlyFile(String name) throws IOException {
        List<Path> files = files(name, "new");
        assertThat(files).as(name).hasSize(1);
        return files.get(0);
    }

    private List<Path> files(String name, String part) throws IOException {
        Path mailbox = folder.resolve("a.example").resolve(name).resolve(part);
        if (!Files.exists(mailbox)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(mailbox)) {
            return files.toList();
        }
    }
}
