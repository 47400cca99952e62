package org.vmail.delivery.reply;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.primitives.Longs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Who got an answer, and when: a text file with a line for each answer, seconds since 1970 and the sender's address.
 *
 * <pre>
 * 1763798400 ann@b.example
 * </pre>
 *
 * <p>An answer is noted by adding a line at the end and syncing it, so that a crash leaves at most a last line without an
 * end, which says nothing. A file that has become too long is written anew in place, with the latest answers. One that does
 * not exist is not made: whoever removes it has switched the answers off. Thread-safe, within a process and between them.
 */
final class AnsweredSenders {
    /** Locks of files belong to processes, so threads need their own. */
    private static final ReentrantLock[] LOCKS =
            Stream.generate(ReentrantLock::new).limit(64).toArray(ReentrantLock[]::new);

    private final Duration interval;
    private final int maxSenders;
    private final long maxOctets;

    /** @param maxSenders how many a file holds before the older half of them is forgotten */
    AnsweredSenders(Duration interval, int maxSenders) {
        this.interval = interval;
        this.maxSenders = maxSenders;
        this.maxOctets = 512L * maxSenders;
    }

    /**
     * Notes an answer, unless the sender got one within the interval.
     *
     * @param made whether a file that does not exist is made
     * @return whether the sender gets one now
     * @throws NoSuchFileException if there is no file, and none is made
     * @throws IOException if that cannot be noted, or the file has another form
     */
    boolean note(Path file, String sender, Instant now, boolean made) throws IOException {
        ReentrantLock lock = LOCKS[Math.floorMod(file.hashCode(), LOCKS.length)];
        lock.lock();
        try (FileChannel channel = open(file, made)) {
            channel.lock(); // until it is closed
            return note(channel, sender, now);
        } finally {
            lock.unlock();
        }
    }

    private static FileChannel open(Path file, boolean made) throws IOException {
        Set<OpenOption> options = made
                ? Set.of(
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS,
                        StandardOpenOption.CREATE)
                : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        return FileChannel.open(file, options);
    }

    private boolean note(FileChannel channel, String sender, Instant now) throws IOException {
        if (channel.size() > 2 * maxOctets) {
            throw new IOException("it is too large");
        }
        String text = read(channel);
        int whole = text.lastIndexOf('\n') + 1;
        Map<String, Long> answers = parse(text.substring(0, whole));
        long seconds = now.getEpochSecond();
        Long last = answers.get(sender);
        if (last != null && last <= seconds && last + interval.toSeconds() > seconds) {
            return false;
        }
        answers.remove(sender);
        answers.put(sender, seconds);
        String line = line(sender, seconds);
        boolean full = answers.size() > maxSenders || text.length() + line.length() > maxOctets;
        if (full) {
            rewrite(channel, answers, seconds);
        } else {
            // A line that a crash has cut gives way to this one.
            append(channel, text.substring(0, whole).getBytes(UTF_8).length, line);
        }
        return true;
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer octets = ByteBuffer.allocate((int) channel.size());
        while (octets.hasRemaining() && channel.read(octets) >= 0) {}
        return new String(octets.array(), 0, octets.position(), UTF_8);
    }

    private static Map<String, Long> parse(String text) throws IOException {
        Map<String, Long> answers = new LinkedHashMap<>();
        for (String line : text.lines().toList()) {
            int space = line.indexOf(' ');
            Long seconds = space < 0 ? null : Longs.tryParse(line.substring(0, space));
            if (seconds == null) {
                throw new IOException("it has another form; empty it to use it");
            }
            String sender = line.substring(space + 1);
            answers.remove(sender); // it stands where it was answered last
            answers.put(sender, seconds);
        }
        return answers;
    }

    private static void append(FileChannel channel, long at, String line) throws IOException {
        channel.truncate(at);
        write(channel, at, line);
    }

    /**
     * Keeps the later half of those that still count. In place, because the user's permissions stay that way; if the machine
     * stops meanwhile, some senders may get an answer too early.
     */
    private void rewrite(FileChannel channel, Map<String, Long> answers, long now) throws IOException {
        StringBuilder text = new StringBuilder();
        int dropped = Math.max(0, answers.size() - Math.max(1, maxSenders / 2));
        int index = 0;
        for (Map.Entry<String, Long> answer : answers.entrySet()) {
            if (index++ >= dropped && answer.getValue() + interval.toSeconds() > now) {
                text.append(line(answer.getKey(), answer.getValue()));
            }
        }
        channel.truncate(0);
        write(channel, 0, text.toString());
    }

    private static String line(String sender, long seconds) {
        return seconds + " " + sender + "\n";
    }

    private static void write(FileChannel channel, long at, String text) throws IOException {
        ByteBuffer octets = ByteBuffer.wrap(text.getBytes(UTF_8));
        for (long position = at; octets.hasRemaining(); ) {
            position += channel.write(octets, position);
        }
        channel.force(true);
    }
}
