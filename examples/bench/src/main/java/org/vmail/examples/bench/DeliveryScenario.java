package org.vmail.examples.bench;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Messages that are delivered over LMTP and synced. A delivery is one message for one recipient.
 *
 * @param recipients how many each message has
 * @param connections how many at the same time
 */
record DeliveryScenario(int recipients, int connections) implements Scenario {
    private static final int SETTLE_MILLIS = 50;

    static List<Scenario> all() {
        return List.of(
                new DeliveryScenario(1, 4),
                new DeliveryScenario(1, 32),
                new DeliveryScenario(10, 4),
                new DeliveryScenario(10, 32));
    }

    @Override
    public String name() {
        return "lmtp-%d-%d".formatted(recipients, connections);
    }

    /** It fills a disk. */
    @Override
    public boolean isUsual() {
        return false;
    }

    @Override
    public void measure(Lab lab, Report report) throws IOException, InterruptedException {
        List<String> users = IntStream.range(0, Math.max(recipients, lab.scale().users()))
                .mapToObj("u%04d"::formatted)
                .toList();
        Site site = new Site(Site.Scheme.PLAIN, users, Optional.empty());
        List<ServerSetup> setups = lab.prepare(name(), site, mail -> {});
        String what = "recipients: %d, connections: %d".formatted(recipients, connections);
        Figures processor = new Figures("LMTP, " + what, "µs/delivery");
        Figures elapsed = new Figures("LMTP, " + what + ", elapsed", "µs/delivery");
        Deliveries deliveries = new Deliveries(users, recipients);
        try (Lab.Servers servers = Lab.start(setups);
                Load load = new Load(connections)) {
            for (Server server : servers.all()) {
                double ignored = load.run(server, deliveries, lab.plan().warmUp());
            }
            for (int round = 0; round < lab.plan().rounds(); round++) {
                for (Server server : servers.inOrderOf(round)) {
                    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
                    long nanosBefore = server.nanos();
                    long begun = System.nanoTime();
                    double done = load.run(server, deliveries, lab.plan().round());
                    elapsed.add(server.name(), (System.nanoTime() - begun) / 1e3 / done);
                    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
                    processor.add(server.name(), (server.nanos() - nanosBefore) / 1e3 / done);
                }
            }
            for (Server server : servers.all()) {
                report.note("%s: %s has each of %d acknowledged deliveries exactly once"
                        .formatted(what, server.name(), deliveries.verify(server)));
            }
        }
        report.add(processor);
        report.add(elapsed);
    }
}
