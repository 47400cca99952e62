package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.mailbox.internal.Folders;
import org.vmail.mailbox.mbox.MboxIndex.Located;

/**
 * Tells messages with the same fingerprint apart: each gets a number of its own, and keeps it.
 *
 * <p>A fingerprint that always had one message only, with number 1, is not in here. Those that no message has any more are
 * kept so that their numbers are not used again; the last {@link #MAX_FORGOTTEN} of them. Read and written under the locks of
 * the mbox.
 */
final class Numbers {
    private static final Logger LOG = LoggerFactory.getLogger(Numbers.class);
    private static final int MAX_FORGOTTEN = 1000;
    private static final String HEAD = "vmail mbox numbers 1";

    private final Map<Fingerprint, Used> known = new LinkedHashMap<>();

    /**
     * The numbers of a fingerprint.
     *
     * @param next the lowest that no message ever had
     * @param live those of the messages that are there, in their order
     */
    private record Used(int next, List<Integer> live) {
        static final Used ONCE = new Used(2, List.of(1));

        Used withMessages(int count) {
            if (count <= live.size()) {
                return new Used(next, List.copyOf(live.subList(0, count)));
            }
            List<Integer> more = new ArrayList<>(live);
            int free = next;
            while (more.size() < count) {
                more.add(free++);
            }
            return new Used(free, List.copyOf(more));
        }

        Used without(Set<Integer> removed) {
            return new Used(
                    next, live.stream().filter(n -> !removed.contains(n)).toList());
        }
    }

    private Numbers() {}

    /** Those of a mailbox; a file that cannot be understood is left out, which changes few unique-ids if any. */
    static Numbers load(MboxPaths paths) throws IOException {
        Numbers numbers = new Numbers();
        if (!Files.exists(paths.numbers(), LinkOption.NOFOLLOW_LINKS)) {
            return numbers;
        }
        byte[] octets;
        try (FileChannel channel =
                FileChannel.open(paths.numbers(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            octets = Channels.newInputStream(channel).readAllBytes();
        }
        List<String> lines = Splitter.on('\n').omitEmptyStrings().splitToList(new String(octets, US_ASCII));
        try {
            if (lines.isEmpty() || !lines.get(0).equals(HEAD)) {
                throw new IllegalArgumentException("it has another format");
            }
            lines.subList(1, lines.size()).forEach(numbers::parse);
        } catch (IllegalArgumentException e) {
            LOG.warn("{} is damaged: {}", paths.numbers(), e.getMessage());
        }
        return numbers;
    }

    /** The same, to be changed on its own. */
    Numbers copy() {
        Numbers copy = new Numbers();
        copy.known.putAll(known);
        return copy;
    }

    /** Writes them, unless they are those that were read. They are an improvement: without them mail is still served. */
    void save(MboxPaths paths, Numbers read) {
        if (known.equals(read.known)) {
            return;
        }
        forget();
        try {
            write(paths);
        } catch (IOException e) {
            LOG.warn("Unique-ids of equal messages in {} could not be kept: {}", paths.mbox(), e.toString());
        }
    }

    /** The numbers of all messages of an mbox, in their order. */
    List<Integer> assign(List<MboxEntry> entries) {
        Map<Fingerprint, Integer> counts = new HashMap<>();
        entries.forEach(entry -> counts.merge(entry.fingerprint(), 1, Integer::sum));
        known.replaceAll((fingerprint, used) -> used.withMessages(counts.getOrDefault(fingerprint, 0)));
        counts.forEach((fingerprint, count) -> {
            if (count > 1) {
                known.putIfAbsent(fingerprint, Used.ONCE.withMessages(count));
            }
        });
        Map<Fingerprint, Iterator<Integer>> left = new HashMap<>();
        List<Integer> numbers = new ArrayList<>(entries.size());
        for (MboxEntry entry : entries) {
            Used used = known.get(entry.fingerprint());
            numbers.add(
                    used == null
                            ? 1
                            : left.computeIfAbsent(
                                            entry.fingerprint(),
                                            f -> used.live().iterator())
                                    .next());
        }
        return numbers;
    }

    /** Notes that messages are removed. */
    void remove(Collection<Located> messages) {
        Map<Fingerprint, Set<Integer>> removed = new LinkedHashMap<>();
        for (Located message : messages) {
            Fingerprint fingerprint = message.entry().fingerprint();
            if (!message.entry().hasId() || known.containsKey(fingerprint)) {
                removed.computeIfAbsent(fingerprint, f -> new HashSet<>()).add(message.number());
            }
        }
        removed.forEach((fingerprint, numbers) -> {
            Used used = known.remove(fingerprint); // and put at the end, as the latest
            known.put(fingerprint, (used == null ? Used.ONCE : used).without(numbers));
        });
    }

    private void forget() {
        long forgotten =
                known.values().stream().filter(used -> used.live().isEmpty()).count();
        Iterator<Used> oldest = known.values().iterator();
        while (forgotten > MAX_FORGOTTEN) {
            if (oldest.next().live().isEmpty()) {
                oldest.remove();
                forgotten--;
            }
        }
    }

    private void parse(String line) {
        List<String> fields = Splitter.on(' ').splitToList(line);
        if (fields.size() != 3) {
            throw new IllegalArgumentException("a line has not three fields");
        }
        List<Integer> live = Splitter.on(',').omitEmptyStrings().splitToList(fields.get(2)).stream()
                .map(Integer::valueOf)
                .toList();
        known.put(Fingerprint.parse(fields.get(0)), new Used(Integer.parseInt(fields.get(1)), live));
    }

    private void write(MboxPaths paths) throws IOException {
        StringBuilder text = new StringBuilder(HEAD).append('\n');
        known.forEach((fingerprint, used) -> text.append(fingerprint)
                .append(' ')
                .append(used.next())
                .append(' ')
                .append(used.live().stream().map(String::valueOf).collect(Collectors.joining(",")))
                .append('\n'));
        Path unfinished = MboxPaths.unfinished(paths.numbers());
        Files.deleteIfExists(unfinished);
        try (FileChannel channel = FileChannel.open(
                unfinished, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), paths.ownerOnlyFile())) {
            ByteBuffer octets = US_ASCII.encode(text.toString());
            while (octets.hasRemaining()) {
                channel.write(octets);
            }
            channel.force(true);
        }
        Files.move(unfinished, paths.numbers(), StandardCopyOption.ATOMIC_MOVE);
        Folders.sync(paths.aside());
    }
}
