package org.vmail.examples.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/** Maildirs that come out the same every time, and what a client has to get from them. */
final class StoredMail {
    /** Spreads sizes as mail does: most messages are small, few are large, and those hold most of the octets. */
    private static final double SIGMA = 1.4;

    private static final double LARGEST = 40;
    private static final int SMALLEST = 200;
    private static final long FIRST_SECOND = 1_700_000_000;
    private static final long SEED = 1939;
    private static final String WORDS =
            "the quick brown fox jumps over a lazy dog while mail for many domains waits in its maildrop until fetched ";

    /**
     * A message as a client gets it.
     *
     * @param octets its size with CRLF line ends, which the server tells
     * @param sentOctets how many octets follow the line of +OK: stuffed dots and the line with the last dot included
     * @param checksum the CRC-32C of those
     */
    record Message(long octets, int sentOctets, long checksum) {}

    /** A mailbox. */
    record Contents(List<Message> messages) {
        long octets() {
            return messages.stream().mapToLong(Message::octets).sum();
        }
    }

    private StoredMail() {}

    /**
     * Makes a Maildir whose messages have been seen by a client before, as their names in cur say.
     *
     * @param maildir the folder, which must not exist
     * @param number which of the Maildirs; the same number makes the same messages
     */
    static Contents write(Path maildir, int number, int messages, int meanOctets) throws IOException {
        for (String part : List.of("tmp", "new", "cur")) {
            Files.createDirectories(maildir.resolve(part));
        }
        Random random = new Random(SEED + number);
        double[] sizes = sizes(random, messages, meanOctets);
        List<Message> expected = new ArrayList<>(messages);
        for (int i = 0; i < messages; i++) {
            byte[] stored = text(random, i, sizes[i]);
            Files.write(maildir.resolve("cur").resolve(name(i, stored) + ":2,S"), stored);
            expected.add(expected(stored));
        }
        return new Contents(List.copyOf(expected));
    }

    /** A message that was added: its unique name, and its size as a client sees it. */
    record Delivered(String name, long octets) {}

    /** Delivers a message that is younger than all others. */
    static Delivered deliver(Path maildir, int number) throws IOException {
        byte[] stored = text(new Random(number), number, SMALLEST);
        String name = name(number, stored);
        Files.write(maildir.resolve("new").resolve(name), stored);
        return new Delivered(name, expected(stored).octets());
    }

    /** Takes it away again, wherever the server has moved it. */
    static void remove(Path maildir, Delivered message) throws IOException {
        for (String part : List.of("new", "cur")) {
            for (String flags : List.of("", ":2,", ":2,S")) {
                Files.deleteIfExists(maildir.resolve(part).resolve(message.name() + flags));
            }
        }
    }

    private static double[] sizes(Random random, int count, int mean) {
        double[] spread = IntStream.range(0, count)
                .mapToDouble(i -> Math.min(LARGEST, Math.exp(SIGMA * random.nextGaussian())))
                .toArray();
        double scale = mean
                / IntStream.range(0, count)
                        .mapToDouble(i -> spread[i])
                        .average()
                        .orElse(1);
        return IntStream.range(0, count)
                .mapToDouble(i -> Math.max(SMALLEST, spread[i] * scale))
                .toArray();
    }

    private static String name(int number, byte[] stored) {
        return (FIRST_SECOND + number) + ".M000000P1Q" + number + ".bench,S=" + stored.length + ",W="
                + (stored.length + lineFeeds(stored));
    }

    static byte[] text(Random random, int number, double octets) {
        StringBuilder text = new StringBuilder((int) octets + 100);
        text.append("Return-Path: <sender@elsewhere.example>\nFrom: Sender <sender@elsewhere.example>\n")
                .append("To: user@bench.example\nSubject: message ")
                .append(number)
                .append("\nMessage-ID: <")
                .append(number)
                .append("@elsewhere.example>\n\n");
        while (text.length() < octets) {
            if (random.nextInt(40) == 0) {
                text.append('.');
            }
            int from = random.nextInt(30);
            text.append(WORDS, from, from + random.nextInt(WORDS.length() - from))
                    .append('\n');
        }
        return text.toString().getBytes(US_ASCII);
    }

    private static Message expected(byte[] stored) {
        byte[] sent = onTheWire(stored);
        CRC32C checksum = new CRC32C();
        checksum.update(sent);
        return new Message(stored.length + lineFeeds(stored), sent.length, checksum.getValue());
    }

    /** With CRLF, stuffed dots, and the line that ends it, which POP3 and LMTP have in common. */
    static byte[] onTheWire(byte[] stored) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream(stored.length + stored.length / 16);
        boolean lineStart = true;
        for (byte octet : stored) {
            if (lineStart && octet == '.') {
                sent.write('.');
            }
            if (octet == '\n') {
                sent.write('\r');
            }
            sent.write(octet);
            lineStart = octet == '\n';
        }
        sent.writeBytes(".\r\n".getBytes(US_ASCII));
        return sent.toByteArray();
    }

    private static long lineFeeds(byte[] stored) {
        long count = 0;
        for (byte octet : stored) {
            count += octet == '\n' ? 1 : 0;
        }
        return count;
    }
}
