package org.vmail.examples.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One user with very many messages, who comes for the first time, comes again, and comes when one message has arrived.
 *
 * <p>For a first time there has to be a mailbox that the server has never seen: in each turn it moves to another user.
 *
 * @param messages how many
 * @param cold whether the system's caches of file names are emptied before each session; that needs root, and slows down
 *     whatever else runs
 */
record LargeMaildrop(int messages, boolean cold) implements Scenario {
    private static final String UNIT = "ms/session";
    private static final double NANOS_PER_MILLI = 1e6;
    private static final int MEAN_OCTETS = 500;
    private static final int MAX_TURNS = 2_000;
    private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

    @Override
    public String name() {
        return "maildrop-" + messages + (cold ? "-cold" : "");
    }

    @Override
    public boolean isUsual() {
        return !cold;
    }

    @Override
    public void measure(Lab lab, Report report) throws IOException, InterruptedException {
        int count = messages / lab.scale().largeDivisor();
        List<String> users =
                IntStream.range(0, MAX_TURNS).mapToObj(LargeMaildrop::user).toList();
        List<StoredMail.Contents> contents = new ArrayList<>();
        List<ServerSetup> setups = lab.prepare(
                name(),
                new Site(Site.Scheme.PLAIN, users, Optional.empty()),
                mail -> contents.add(StoredMail.write(mail.resolve(user(0)), 0, count, MEAN_OCTETS)));
        long octets = contents.get(0).octets();
        try (Lab.Servers servers = Lab.start(setups)) {
            int turn = warmUp(lab.plan(), servers, count, octets);
            String what = "maildrop of " + count + (cold ? ", cold" : "");
            Figures first = new Figures(what + ", first session", UNIT);
            Figures unchanged = new Figures(what + ", unchanged", UNIT);
            Figures grown = new Figures(what + ", one new message", UNIT);
            for (int round = 0; round < lab.plan().rounds(); round++, turn++) {
                for (Server server : servers.inOrderOf(round)) {
                    Visits visits = visit(server, turn, count, octets);
                    first.add(server.name(), visits.first());
                    unchanged.add(server.name(), visits.unchanged());
                    grown.add(server.name(), visits.grown());
                }
            }
            List.of(first, unchanged, grown).forEach(report::add);
        }
    }

    private int warmUp(Lab.Plan plan, Lab.Servers servers, int count, long octets) throws IOException {
        long end = System.nanoTime() + plan.warmUp().toNanos() * servers.all().size();
        int turn = 1;
        do {
            for (Server server : servers.inOrderOf(turn)) {
                Visits ignored = visit(server, turn, count, octets);
            }
            turn++;
        } while (System.nanoTime() - end < 0 && turn < MAX_TURNS / 2);
        return turn;
    }

    /** The milliseconds of three sessions. */
    private record Visits(double first, double unchanged, double grown) {}

    private Visits visit(Server server, int turn, int count, long octets) throws IOException {
        Path maildir = server.maildir(user(turn));
        Files.move(server.maildir(user(turn - 1)), maildir);
        forget(maildir);
        double first = session(server, turn, count, octets);
        double unchanged = session(server, turn, count, octets);
        StoredMail.Delivered added = StoredMail.deliver(maildir, count);
        double grown = session(server, turn, count + 1, octets + added.octets());
        StoredMail.remove(maildir, added);
        return new Visits(first, unchanged, grown);
    }

    private double session(Server server, int turn, int count, long octets) throws IOException {
        if (cold) {
            Files.writeString(DROP_CACHES, "3");
        }
        long before = server.nanos();
        try (Pop3Client pop3 = Pop3Client.connect(server.pop3())) {
            pop3.login(Site.login(user(turn)), Site.PASSWORD);
            PollSession.check(pop3, count, octets);
            pop3.quit();
        }
        return (server.nanos() - before) / NANOS_PER_MILLI;
    }

    /** Removes what Dovecot remembers of a mailbox. */
    private static void forget(Path maildir) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(maildir, "dovecot*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    private static String user(int turn) {
        return "large%04d".formatted(turn);
    }
}
