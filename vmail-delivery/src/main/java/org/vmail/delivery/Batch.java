package org.vmail.delivery;

import com.google.common.collect.Lists;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.util.ArrayList;
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
        Set<Copy> alike = writeAlike(versions);
        Set<Copy> together = Sets.intersection(alike, single);
        Set<Copy> atOnce = Sets.difference(single, alike);
        Consumer<Copy> write = copy -> copy.write(Objects.requireNonNull(versions.get(copy)), arrival);
        overlap.forEach(
                List.copyOf(Sets.difference(versions.keySet(), Sets.union(single, alike))),
                copy -> true,
                write,
                copy -> {});
        for (List<Recipient> part :
                together.isEmpty() ? List.of(recipients) : Lists.partition(recipients, overlap.width())) {
            // Before anything is synced: the first sync is the others', too.
            part.stream()
                    .flatMap(recipient -> recipient.copies().stream())
                    .filter(together::contains)
                    .forEach(Copy::reveal);
            overlap.forEach(
                    part,
                    recipient -> recipient.copies().stream()
                            .allMatch(copy -> unshared.contains(copy) && !together.contains(copy)),
                    recipient -> {
                        recipient.copies().stream().filter(atOnce::contains).forEach(write);
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

    /** Writes those that may share a file: one after the other, as only the first has something to write. */
    private Set<Copy> writeAlike(Map<Copy, Version> versions) {
        if (!hardLinks) {
            return Set.of();
        }
        Set<Copy> alike = new HashSet<>();
        versions.keySet().stream()
                .filter(Copy::isForMailbox)
                .collect(Collectors.groupingBy(filters::get, LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .filter(group -> group.size() > 1)
                .forEach(group -> {
                    Optional<Copy> written = Optional.empty();
                    for (Copy copy : group) {
                        written = copy.writeAlike(Objects.requireNonNull(versions.get(copy)), arrival, written);
                    }
                    alike.addAll(group);
                });
        return alike;
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
        filters.keySet().forEach(Copy::close);
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
