package org.vmail.examples.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where scenarios find what they work with.
 *
 * @param folder for everything that is written; each scenario has a folder of its own in it
 * @param dovecot what to compare with, if it can be had
 * @param vmails the reference servers, one for each JDK
 * @param plan how long, and how often
 * @param scale how much
 */
record Lab(Path folder, Optional<Dovecot> dovecot, List<Vmail> vmails, Plan plan, Scale scale) {
    /**
     * How long, and how often.
     *
     * @param clients how many work at the same time
     * @param rounds how often each server is measured
     * @param round how long a round takes
     * @param warmUp how long each server works before it is measured
     */
    record Plan(int clients, int rounds, Duration round, Duration warmUp) {}

    /**
     * How much.
     *
     * @param users how many poll
     * @param messages how many each of them has
     * @param readers how many retrieve all they have
     * @param largeDivisor what the sizes of large maildrops and numbers of idle sessions are divided by
     */
    record Scale(int users, int messages, int readers, int largeDivisor) {}

    /** Writes the mail of one server. */
    interface MailWriter {
        void write(Path mail) throws IOException;
    }

    /** Makes the folders and the mail of all servers, the one to compare with first. */
    List<ServerSetup> prepare(String scenario, Site site, MailWriter writer) throws IOException, InterruptedException {
        Path home = Site.folder(folder, scenario);
        List<ServerSetup> setups = new ArrayList<>();
        if (dovecot.isPresent()) {
            setups.add(dovecot.get().prepare(site, Site.folder(home, "dovecot")));
        }
        for (Vmail vmail : vmails) {
            setups.add(vmail.prepare(site, Site.folder(home, "vmail-" + setups.size())));
        }
        for (ServerSetup setup : setups) {
            writer.write(setup.mail());
            if (setup.mailOwner().isPresent()) {
                Programs.run(List.of(
                        "chown",
                        "-R",
                        setup.mailOwner().get(),
                        setup.folder().resolve("mail").toString()));
            }
        }
        return setups;
    }

    static Servers start(List<ServerSetup> setups) throws IOException, InterruptedException {
        List<Server> started = new ArrayList<>();
        Servers servers = new Servers(started);
        try {
            for (ServerSetup setup : setups) {
                started.add(Server.start(setup));
            }
            return servers;
        } catch (IOException | InterruptedException e) {
            servers.close();
            throw e;
        }
    }

    /** Removes what a scenario wrote. */
    void clean(String scenario) throws IOException {
        Path home = folder.resolve(scenario);
        if (Files.exists(home)) {
            try (Stream<Path> all = Files.walk(home)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /** Servers that run side by side, though only one of them is asked at a time. */
    record Servers(List<Server> all) implements Closeable {
        /** In an order that alternates from round to round, so that neither always comes first. */
        List<Server> inOrderOf(int round) {
            if (round % 2 == 0) {
                return all;
            }
            List<Server> reversed = new ArrayList<>(all);
            Collections.reverse(reversed);
            return reversed;
        }

        @Override
        public void close() throws IOException {
            for (Server server : all) {
                server.close();
            }
        }
    }
}
