package org.vmail.examples.bench;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** From the start of the process until the first client is greeted. */
record Start() implements Scenario {
    private static final double NANOS_PER_MILLI = 1e6;

    @Override
    public String name() {
        return "start";
    }

    @Override
    public void measure(Lab lab, Report report) throws IOException, InterruptedException {
        Site site = new Site(Site.Scheme.PLAIN, List.of("u0000"), Optional.empty());
        List<ServerSetup> setups = lab.prepare(name(), site, mail -> {});
        Figures elapsed = new Figures("start to greeting, elapsed", "ms");
        Figures processor = new Figures("start to greeting, processor", "ms");
        for (int round = 0; round < lab.plan().rounds(); round++) {
            for (ServerSetup setup : setups) {
                long before = System.nanoTime();
                try (Server server = Server.start(setup)) {
                    elapsed.add(server.name(), (System.nanoTime() - before) / NANOS_PER_MILLI);
                    processor.add(server.name(), server.nanos() / NANOS_PER_MILLI);
                }
            }
        }
        report.add(elapsed);
        report.add(processor);
    }
}
