package org.vmail.delivery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
    private final Map<MailAddress, Expansion> accepted = new LinkedHashMap<>();

    /** Whose copies are shared. */
    private record Elsewhere(Optional<Filter> filter, Set<MailAddress> recipients) {}

    Batch(Overlap overlap, Outlets outlets, ReversePath reversePath, MessageSource message, TraceFields arrival) {
        this.overlap = overlap;
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
            List<MailAddress> recipients, Function<MailAddress, Expansion> expand, Consumer<DeliveryResult> results) {
        Map<MailAddress, Expansion> expansions = new LinkedHashMap<>();
        recipients.forEach(recipient -> expansions.computeIfAbsent(recipient, expand));
        makeCopies(expansions);
        Map<Copy, Version> versions = versions();
        Predicate<Copy> unshared = unshared(recipients, expansions);
        Set<Copy> single = single(expansions.values(), unshared);
        Consumer<Copy> write = copy -> copy.write(Objects.requireNonNull(versions.get(copy)), arrival);
        overlap.forEach(
                versions.keySet().stream()
                        .filter(copy -> !single.contains(copy))
                        .toList(),
                copy -> true,
                write,
                copy -> {});
        overlap.forEach(
                recipients,
                recipient -> copies(Objects.requireNonNull(expansions.get(recipient)))
                        .allMatch(unshared),
                recipient -> {
                    Expansion expansion = Objects.requireNonNull(expansions.get(recipient));
                    copies(expansion).filter(single::contains).forEach(write);
                    commit(expansion);
                },
                recipient -> {
                    Expansion expansion = Objects.requireNonNull(expansions.get(recipient));
                    Outcome outcome = outcome(expansion);
                    results.accept(new DeliveryResult(recipient, outcome));
                    if (outcome.equals(ACCEPTED)) {
                        accepted.put(recipient, expansion);
                    }
                });
    }

    /** What each copy is a copy of. Filters run one after the other, as copies share what they make of the message. */
    private Map<Copy, Version> versions() {
        Map<Copy, Version> versions = new LinkedHashMap<>();
        filters.forEach(
                (copy, filter) -> versions.put(copy, filter.map(this::version).orElse(original)));
        return versions;
    }

    /** Whether a copy is one recipient's, and no program's: what has run for nothing has run. */
    private Predicate<Copy> unshared(List<MailAddress> recipients, Map<MailAddress, Expansion> expansions) {
        Map<Copy, Long> sharers = recipients.stream()
                .flatMap(recipient -> copies(Objects.requireNonNull(expansions.get(recipient))))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        return copy -> Objects.requireNonNull(sharers.get(copy)) == 1 && !copy.isForProgram();
    }

    /** Copies of recipients who have no other one: nobody's commit depends on whether they can be written. */
    private Set<Copy> single(Collection<Expansion> expansions, Predicate<Copy> unshared) {
        return expansions.stream()
                .map(expansion -> copies(expansion).toList())
                .filter(all -> all.size() == 1 && unshared.test(all.get(0)))
                .map(all -> all.get(0))
                .collect(Collectors.toSet());
    }

    /** Tells for whom the message was accepted, of those who were told it. */
    void tell(DeliveryListener listener, MessageSource message) {
        accepted.forEach((recipient, expansion) -> {
            Set<MailAddress> accounts = copies(expansion)
                    .flatMap(copy -> copy.account().stream())
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            try {
                Envelope envelope = new Envelope(reversePath, List.of(recipient));
                listener.delivered(envelope, expansion.addresses(), accounts, message);
            } catch (RuntimeException e) { // of what was plugged in
                LOG.error("What runs beside the delivery from {} to {} has failed", reversePath, recipient, e);
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

    private Outcome outcome(Expansion expansion) {
        return expansion
                .failure()
                .orElseGet(() -> together(copies(expansion).map(Copy::outcome).toList()));
    }

    private Stream<Copy> copies(Expansion expansion) {
        return expansion.targets().stream()
                .map(target -> Objects.requireNonNull(copies.get(target)))
                .distinct();
    }

    /**
     * Does nothing for who cannot have all of it. Ends at the first failure: the recipient gets the message again, and so
     * would the copies behind it. Programs come first, as nobody knows before whether they succeed.
     */
    private void commit(Expansion expansion) {
        if (!outcome(expansion).equals(ACCEPTED)) {
            return;
        }
        List<Copy> all = copies(expansion)
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
