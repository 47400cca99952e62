package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.QuotaUsage;

/** Mailboxes that keep every octet, and fail where they are told to. */
public final class RecordingTarget implements DeliveryTarget {
    /** The steps of a delivery. */
    public enum Step {
        BEGIN,
        WRITE,
        COMMIT
    }

    private final Map<MailAddress, List<String>> messages = new ConcurrentHashMap<>();
    private final Map<Step, Set<MailAddress>> failing = new EnumMap<>(Step.class);
    private final Map<MailAddress, Quota> quotas = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();

    public RecordingTarget() {
        for (Step step : Step.values()) {
            failing.put(step, ConcurrentHashMap.newKeySet());
        }
    }

    /** Makes a step fail for a mailbox from now on. */
    public RecordingTarget failAt(Step step, String mailbox) {
        failing.get(step).add(MailAddress.of(mailbox));
        return this;
    }

    /** Lets everything succeed again. */
    public void mend() {
        failing.values().forEach(Set::clear);
    }

    /** What was committed to a mailbox, each char one octet. */
    public List<String> messages(String mailbox) {
        return messages.getOrDefault(MailAddress.of(mailbox), List.of());
    }

    /** The mailboxes that have a message. */
    public Set<String> mailboxes() {
        return Set.copyOf(messages.keySet().stream().map(MailAddress::toString).toList());
    }

    /** How many deliveries were begun and not closed. */
    public int open() {
        return open.get();
    }

    /** Limits what a mailbox may hold. */
    public RecordingTarget limit(String mailbox, Quota quota) {
        quotas.put(MailAddress.of(mailbox), quota);
        return this;
    }

    @Override
    public Optional<BeginResult.OverQuota> overQuota(MailAddress account, long octets) throws IOException {
        if (quotas.containsKey(account) && failing.get(Step.BEGIN).contains(account)) {
            throw new IOException("cause-1234567 at a quota");
        }
        List<String> held = messages.getOrDefault(account, List.of());
        QuotaUsage usage =
                new QuotaUsage(held.stream().mapToLong(String::length).sum(), held.size());
        return usage.refusal(quotas.getOrDefault(account, Quota.UNLIMITED), octets);
    }

    @Override
    public BeginResult begin(MailAddress account, long octets) throws IOException {
        Optional<BeginResult.OverQuota> full = overQuota(account, octets);
        return full.isPresent() ? full.get() : new BeginResult.Begun(begin(account));
    }

    @Override
    public Delivery begin(MailAddress account) throws IOException {
        check(Step.BEGIN, account);
        open.incrementAndGet();
        return new Recording(account);
    }

    private void check(Step step, MailAddress account) throws IOException {
        if (failing.get(step).contains(account)) {
            throw new IOException("cause-1234567 at " + step);
        }
    }

    private final class Recording implements Delivery {
        private final MailAddress account;
        private final ByteArrayOutputStream octets = new ByteArrayOutputStream();

        Recording(MailAddress account) {
            this.account = account;
        }

        @Override
        public OutputStream message() {
            return new OutputStream() {
                @Override
                public void write(int octet) throws IOException {
                    write(new byte[] {(byte) octet}, 0, 1);
                }

                @Override
                public void write(byte[] source, int offset, int length) throws IOException {
                    check(Step.WRITE, account);
                    octets.write(source, offset, length);
                }
            };
        }

        @Override
        public void commit() throws IOException {
            check(Step.COMMIT, account);
            messages.computeIfAbsent(account, unknown -> new CopyOnWriteArrayList<>())
                    .add(octets.toString(ISO_8859_1));
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }
}
