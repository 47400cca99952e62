package org.vmail.delivery;

import com.google.common.collect.Sets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Expansion.Target;

/**
 * One message on its way to all of its destinations. Used by one thread, which has others write and commit copies ahead of
 * their turn; they are at it only while {@link #deliver} runs, and no two of them have the same copy.
 *
 * <p>Members elsewhere share one copy if the same recipients lead to them; so whoever is sent the message is sent it for
 * recipients all of whom are told that it was.
 */
final class Batch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);
    private static final Outcome ACCEPTED = new Outcome.Accepted();

    private final Overlap overlap;
    private final boolean hardLinks;
    private final Outlets outlets;
    private final ReversePath reversePath;
    private final TraceFields arrival;
    private final Version original;
    private final Map<Filter, Version> filtered = new HashMap<>();
    private final List<MessageSpool> spools = new ArrayList<>();
    private final Map<Target, Copy> copies = new HashMap<>();
    /** Every copy once, and what the message passes on its way there. */
    private final Map<Copy, Optional<Filter>> filters = new LinkedHashMap<>();

    /** Who has the file that others may share. */
    private final Map<Optional<Filter>, Copy> sources = new HashMap<>();
    /** In the order in which they were told. */
    private final Map<MailAddress, Recipient> accepted = new LinkedHashMap<>();

    /** Somebody of the envelope, and all that the message becomes for them. */
    private record Recipient(MailAddress address, Expansion expansion, List<Copy> copies) {
        Outcome outcome() {
            return expansion
                    .failure()
                    .orElseGet(() -> together(copies.stream().map(Copy::outcome).toList()));
        }
    }

    /** Whose copies are shared. */
    private record Elsewhere(Optional<Filter> filter, Set<MailAddress> recipients) {}

    /**
     * Nothing is written yet.
     *
     * @param hardLinks whether mailboxes may share a file, which has no Delivered-To field then
     * @param arrival the trace fields of the message
     */
    Batch(
            Overlap overlap,
            boolean hardLinks,
            Outlets outlets,
            ReversePath reversePath,
            MessageSource message,
            TraceFields arrival) {
        this.overlap = overlap;
        this.hardLinks = hardLinks;
        this.outlets = outlets;
        this.reversePath = reversePath;
        this.arrival = arrival;
        this.original = Version.original(message, arrival);
    }

    /**
     * A failure that may pass counts most; a refusal counts only if nothing else happened.
     *
     * @param outcomes at least one
     * @return the outcome for a recipient who stands for all of them
     */
    static Outcome together(List<Outcome> outcomes) {
        return outcomes.stream()
                .filter(Outcome.Deferred.class::isInstance)
                .findFirst()
                .orElseGet(() -> outcomes.contains(ACCEPTED) ? ACCEPTED : outcomes.get(0));
    }

    void deliver(
            List<MailAddress> addresses, Function<MailAddress, Expansion> expand, Consumer<DeliveryResult> results) {
        Map<MailAddress, Expansion> expansions = new LinkedHashMap<>();
        addresses.forEach(address -> expansions.computeIfAbsent(address, expand));
        makeCopies(expansions);
        List<Recipient> recipients = addresses.stream()
                .map(address -> recipient(address, Objects.requireNonNull(expansions.get(address))))
                .toList();
        Map<Copy, Version> versions = versions();
        Set<Copy> unshared = unshared(recipients);
        Set<Copy> single = single(recipients, unshared);
        Set<Copy> alike = alike();
        Consumer<Copy> write =
                copy -> copy.write(Objects.requireNonNull(versions.get(copy)), arrival, !alike.contains(copy));
        Set<Copy> several = Sets.difference(versions.keySet(), single);
        Set<Copy> declined = link(Sets.intersection(several, alike), versions);
        overlap.forEach(
                List.copyOf(Sets.union(Sets.difference(several, alike), declined)), copy -> true, write, copy -> {});
        Set<Copy> together = Sets.intersection(single, alike);
        for (List<Recipient> part : together.isEmpty() ? List.of(recipients) : parts(recipients)) {
            List<Copy> linking = part.stream()
                    .flatMap(recipient -> recipient.copies().stream())
                    .filter(together::contains)
                    .toList();
            Set<Copy> apart = Sets.union(Sets.difference(single, alike), link(linking, versions));
            List<Copy> linked =
                    linking.stream().filter(copy -> !apart.contains(copy)).toList();
            linked.forEach(Copy::reveal); // before anything is synced: the first sync is the others', too
            overlap.forEach(
                    part,
                    recipient -> recipient.copies().stream()
                            .allMatch(copy -> unshared.contains(copy) && !linked.contains(copy)),
                    recipient -> {
                        recipient.copies().stream().filter(apart::contains).forEach(write);
                        commit(recipient);
                    },
                    recipient -> {
                        results.accept(new DeliveryResult(recipient.address(), recipient.outcome()));
                        if (recipient.outcome().equals(ACCEPTED)) {
                            accepted.put(recipient.address(), recipient);
                        }
                    });
        }
    }

    /**
     * Those who are delivered to at the same time: so many mailboxes have the message, or hold it open, before their
     * recipients are told. Who has a program is alone, as it may take its time.
     */
    private List<List<Recipient>> parts(List<Recipient> recipients) {
        List<List<Recipient>> parts = new ArrayList<>();
        boolean full = true;
        for (Recipient recipient : recipients) {
            boolean alone = recipient.copies().stream().anyMatch(Copy::isForProgram);
            if (full || alone) {
                parts.add(new ArrayList<>());
            }
            List<Recipient> part = parts.get(parts.size() - 1);
            part.add(recipient);
            full = alone || part.size() == overlap.width();
        }
        return parts;
    }

    private Recipient recipient(MailAddress address, Expansion expansion) {
        return new Recipient(
                address,
                expansion,
                expansion.targets().stream()
                        .map(target -> Objects.requireNonNull(copies.get(target)))
                        .distinct()
                        .toList());
    }

    /** What each copy is a copy of. Filters run one after the other, as copies share what they make of the message. */
    private Map<Copy, Version> versions() {
        Map<Copy, Version> versions = new LinkedHashMap<>();
        filters.forEach(
                (copy, filter) -> versions.put(copy, filter.map(this::version).orElse(original)));
        return versions;
    }

    /** Copies that are one recipient's, and no program's: what has run for nothing has run. */
    private static Set<Copy> unshared(List<Recipient> recipients) {
        Map<Copy, Long> sharers = recipients.stream()
                .flatMap(recipient -> recipient.copies().stream())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        return sharers.keySet().stream()
                .filter(copy -> Objects.requireNonNull(sharers.get(copy)) == 1 && !copy.isForProgram())
                .collect(Collectors.toSet());
    }

    /** Those of recipients who have no other one: nobody's commit depends on whether they can be written. */
    private static Set<Copy> single(List<Recipient> recipients, Set<Copy> unshared) {
        return recipients.stream()
                .map(Recipient::copies)
                .filter(all -> all.size() == 1)
                .map(all -> all.get(0))
                .filter(unshared::contains)
                .collect(Collectors.toSet());
    }

    /** Copies that may share a file with others. */
    private Set<Copy> alike() {
        if (!hardLinks) {
            return Set.of();
        }
        return filters.keySet().stream()
                .filter(Copy::isForMailbox)
                .collect(Collectors.groupingBy(filters::get))
                .values()
                .stream()
                .filter(group -> group.size() > 1)
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    /**
     * Gives copies the file of one that has it, and writes one if none has, or none that can be linked to.
     *
     * @return those that have to be written
     */
    private Set<Copy> link(Collection<Copy> copies, Map<Copy, Version> versions) {
        Set<Copy> declined = new HashSet<>();
        Set<Optional<Filter>> renewed = new HashSet<>();
        for (Copy copy : copies) {
            Optional<Filter> filter = Objects.requireNonNull(filters.get(copy));
            Version version = Objects.requireNonNull(versions.get(copy));
            Copy source = sources.get(filter);
            boolean linked = source != null && copy.link(version, arrival, source);
            if (!linked && source != null && !renewed.add(filter)) {
                declined.add(copy);
                continue;
            }
            if (!linked) {
                copy.write(version, arrival, false);
            }
            if (copy.hasMessage()) {
                sources.put(filter, copy);
            }
        }
        return declined;
    }

    /** Ends what is not committed: of that nobody has to be told, and it may be visible. */
    void withdrawRest() {
        filters.keySet().forEach(Copy::close);
    }

    /** Tells for whom the message was accepted, of those who were told it. */
    void tell(DeliveryListener listener, MessageSource message) {
        accepted.values().forEach(recipient -> {
            Set<MailAddress> accounts = recipient.copies().stream()
                    .flatMap(copy -> copy.account().stream())
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            try {
                Envelope envelope = new Envelope(reversePath, List.of(recipient.address()));
                listener.delivered(envelope, recipient.expansion().addresses(), accounts, message);
            } catch (RuntimeException | Error e) { // of what was plugged in
                LOG.error(
                        "What runs beside the delivery from {} to {} has failed", reversePath, recipient.address(), e);
            }
        });
    }

    private void makeCopies(Map<MailAddress, Expansion> expansions) {
        Map<Target, Set<MailAddress>> leading = new LinkedHashMap<>();
        expansions.forEach((recipient, expansion) -> expansion
                .targets()
                .forEach(target -> leading.computeIfAbsent(target, unknown -> new LinkedHashSet<>())
                        .add(recipient.toLowerCase())));
        Map<Elsewhere, Copy> elsewhere = new HashMap<>();
        leading.forEach((target, recipients) -> {
            if (target.destination() instanceof Destination.Remote) {
                Elsewhere shared = new Elsewhere(target.filter(), recipients);
                Copy known = elsewhere.get(shared);
                if (known != null) {
                    known.add(target.destination());
                    copies.put(target, known);
                    return;
                }
                elsewhere.put(shared, copy(target, recipients));
            } else {
                copy(target, recipients);
            }
        });
    }

    private Copy copy(Target target, Set<MailAddress> recipients) {
        Copy copy = new Copy(outlets, reversePath, target.destination(), List.copyOf(recipients));
        copies.put(target, copy);
        filters.put(copy, target.filter());
        return copy;
    }

    private Version version(Filter filter) {
        return filtered.computeIfAbsent(filter, unknown -> {
            CommandOptions options = outlets.programs().options();
            MessageSpool spool =
                    new MessageSpool(options.maxFilteredOctets(), options.memoryOctets(), options.folder());
            spools.add(spool);
            return original.filtered(filter, reversePath, outlets.programs(), spool);
        });
    }

    /**
     * Does nothing for who cannot have all of it. Ends at the first failure: the recipient gets the message again, and so
     * would the copies behind it. Programs come first, as nobody knows before whether they succeed.
     */
    private static void commit(Recipient recipient) {
        if (!recipient.outcome().equals(ACCEPTED)) {
            return;
        }
        List<Copy> all = recipient.copies().stream()
                .sorted(Comparator.comparing(copy -> !copy.isForProgram()))
                .toList();
        for (Copy copy : all) {
            copy.commit();
            if (copy.outcome().isDeferred()) {
                return;
            }
        }
    }

    @Override
    public void close() {
        withdrawRest();
        for (MessageSpool spool : spools) {
            try {
                spool.close();
            } catch (IOException e) {
                LOG.warn(
                        "A filtered message is left in {}",
                        outlets.programs().options().folder(),
                        e);
            }
        }
    }
}
