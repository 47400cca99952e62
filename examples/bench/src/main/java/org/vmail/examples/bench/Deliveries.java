package org.vmail.examples.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Messages as large as mail is, with a number each, and a record of which were acknowledged. */
final class Deliveries implements Load.Session {
    private static final int MESSAGES_PER_CONNECTION = 20;
    private static final int BODIES = 300;
    private static final double MEDIAN_OCTETS = 8_000;
    /** Makes the mean 25 KB. */
    private static final double SIGMA = 1.51;

    private static final double LARGEST_OCTETS = 1e6;
    private static final long SEED = 2033;
    private static final Pattern NUMBER = Pattern.compile("(?m)^X-Number: (\\d+)\\r?$");
    private static final int HEADER_OCTETS = 2_000;

    private final List<String> users;
    private final int recipients;
    private final List<byte[]> bodies = new ArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();
    /** By server: the numbers of messages that were acknowledged for all of their recipients. */
    private final Map<String, Set<Integer>> acknowledged = new ConcurrentHashMap<>();

    Deliveries(List<String> users, int recipients) {
        this.users = users;
        this.recipients = recipients;
        Random random = new Random(SEED);
        for (int i = 0; i < BODIES; i++) {
            double octets = Math.min(LARGEST_OCTETS, MEDIAN_OCTETS * Math.exp(SIGMA * random.nextGaussian()));
            bodies.add(StoredMail.onTheWire(StoredMail.text(random, i, octets)));
        }
    }

    /** Returns how many deliveries were acknowledged: each message counts once for each of its recipients. */
    @Override
    public double run(Server server, int client, int turn) throws IOException {
        Set<Integer> done = acknowledged.computeIfAbsent(server.name(), name -> ConcurrentHashMap.newKeySet());
        try (LmtpClient lmtp = LmtpClient.connect(server.lmtp())) {
            for (int i = 0; i < MESSAGES_PER_CONNECTION; i++) {
                int number = numbers.incrementAndGet();
                lmtp.deliver(recipients(number), "X-Number: " + number + "\r\n", bodies.get(number % BODIES));
                done.add(number);
            }
            lmtp.quit();
        }
        return MESSAGES_PER_CONNECTION * recipients;
    }

    /** Finds each acknowledged message with each of its recipients, and returns how many deliveries that were. */
    int verify(Server server) throws IOException {
        Map<String, Integer> found = new HashMap<>();
        for (String user : users) {
            if (!Files.isDirectory(server.maildir(user))) {
                continue;
            }
            for (String part : List.of("new", "cur")) {
                try (DirectoryStream<Path> files =
                        Files.newDirectoryStream(server.maildir(user).resolve(part))) {
                    for (Path file : files) {
                        found.merge(number(file) + " " + Site.login(user), 1, Integer::sum);
                    }
                }
            }
        }
        int count = 0;
        for (int number : acknowledged.getOrDefault(server.name(), Set.of())) {
            for (String recipient : recipients(number)) {
                int copies = found.getOrDefault(number + " " + recipient, 0);
                if (copies != 1) {
                    throw new IOException(
                            server.name() + " has " + copies + " copies of message " + number + " for " + recipient);
                }
                count++;
            }
        }
        return count;
    }

    private List<String> recipients(int number) {
        List<String> chosen = new ArrayList<>(recipients);
        for (int i = 0; i < recipients; i++) {
            chosen.add(Site.login(users.get((number * 7 + i) % users.size())));
        }
        return chosen;
    }

    private static String number(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            Matcher number = NUMBER.matcher(new String(in.readNBytes(HEADER_OCTETS), ISO_8859_1));
            if (!number.find()) {
                throw new IOException(file + " is no message of ours");
            }
            return number.group(1);
        }
    }
}
