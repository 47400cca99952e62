package org.vmail.examples.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The memory of sessions that have logged in, each as a user of its own, and do nothing.
 *
 * @param sessions how many there are at the same time
 * @param messages how many each of them has
 */
record IdleSessions(int sessions, int messages) implements Scenario {
    /** One process for each session: more than this is no fair question to Dovecot. */
    private static final int MOST_FOR_PROCESSES = 1_000;

    private static final int MEAN_OCTETS = 1_000;
    private static final int MAX_ROUNDS = 3;
    private static final double KILO = 1024;

    @Override
    public String name() {
        return "idle-" + sessions + "-" + messages;
    }

    @Override
    public void measure(Lab lab, Report report) throws IOException, InterruptedException {
        int count = sessions / lab.scale().largeDivisor();
        List<String> users = IntStream.range(0, 2 * count)
                .mapToObj(i -> "u%05d".formatted(i))
                .toList();
        List<ServerSetup> setups =
                lab.prepare(name(), new Site(Site.Scheme.PLAIN, users, Optional.empty()), mail -> write(mail, users));
        String what = count + " idle sessions of " + messages + " messages";
        Figures memory = new Figures(what + ", memory of each", "KB (PSS)");
        Figures heap = new Figures(what + ", live heap of each", "KB");
        for (int round = 0; round < Math.min(lab.plan().rounds(), MAX_ROUNDS); round++) {
            for (ServerSetup setup : setups) {
                if (setup.jcmd().isPresent() || count <= MOST_FOR_PROCESSES) {
                    try (Server server = Server.start(setup)) {
                        measure(server, users, memory, heap);
                    }
                }
            }
        }
        report.add(memory);
        report.add(heap);
    }

    /** The second half of the users warms the server up, so that what is measured is not its classes. */
    private static void measure(Server server, List<String> users, Figures memory, Figures heap)
            throws IOException, InterruptedException {
        int count = users.size() / 2;
        List<Pop3Client> warming = logIn(server, users.subList(count, count + Math.max(1, count / 5)));
        for (Pop3Client client : warming) {
            client.quit();
            client.close();
        }
        OptionalLong heapBefore = server.liveHeap();
        long before = server.memory();
        List<Pop3Client> idle = logIn(server, users.subList(0, count));
        try {
            OptionalLong heapAfter = server.liveHeap();
            memory.add(server.name(), (server.memory() - before) / KILO / count);
            if (heapBefore.isPresent() && heapAfter.isPresent()) {
                heap.add(server.name(), (heapAfter.getAsLong() - heapBefore.getAsLong()) / KILO / count);
            }
        } finally {
            for (Pop3Client client : idle) {
                client.close();
            }
        }
    }

    private static List<Pop3Client> logIn(Server server, List<String> users) throws IOException {
        List<Pop3Client> clients = new ArrayList<>();
        for (String user : users) {
            Pop3Client client = Pop3Client.connectSmall(server.pop3());
            clients.add(client);
            client.login(Site.login(user), Site.PASSWORD);
        }
        return clients;
    }

    /** Everybody has the same messages, in files that are linked: it is the names that a server keeps in memory. */
    private void write(Path mail, List<String> users) throws IOException {
        Path first = mail.resolve(users.get(0));
        StoredMail.Contents ignored = StoredMail.write(first, 0, messages, MEAN_OCTETS);
        List<Path> files;
        try (Stream<Path> all = Files.list(first.resolve("cur"))) {
            files = all.toList();
        }
        for (String user : users.subList(1, users.size())) {
            for (String part : List.of("tmp", "new", "cur")) {
                Files.createDirectories(mail.resolve(user).resolve(part));
            }
            for (Path file : files) {
                Files.createLink(mail.resolve(user).resolve("cur").resolve(file.getFileName()), file);
            }
        }
    }
}
