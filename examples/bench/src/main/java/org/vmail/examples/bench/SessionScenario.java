package org.vmail.examples.bench;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Sessions that several clients repeat while the processor time of the server is counted.
 *
 * @param name its name
 * @param what for the table
 * @param work what a session does
 * @param scheme how passwords are kept
 * @param tls whether and how connections are secured
 */
record SessionScenario(String name, String what, Work work, Site.Scheme scheme, Optional<Tls> tls) implements Scenario {
    private static final int POLL_OCTETS = 1_000;
    private static final int RETR_OCTETS = 25_000;
    /** A server may have to tidy up after the last session of a round. */
    private static final int SETTLE_MILLIS = 50;

    /** What a session does. */
    enum Work {
        POLL(POLL_OCTETS, "µs/session", 1e3) {
            @Override
            Load.Session session(Mailboxes mailboxes, Connector connector) {
                return new PollSession(mailboxes, connector);
            }
        },
        RETR(RETR_OCTETS, "ms/MB", 1e6) {
            @Override
            Load.Session session(Mailboxes mailboxes, Connector connector) {
                return new RetrievalSession(mailboxes, connector, 1);
            }
        },
        RETR_PIPELINED(RETR_OCTETS, "ms/MB", 1e6) {
            @Override
            Load.Session session(Mailboxes mailboxes, Connector connector) {
                return new RetrievalSession(mailboxes, connector, 16);
            }
        };

        private final int meanOctets;
        private final String unit;
        private final double nanosPerUnit;

        Work(int meanOctets, String unit, double nanosPerUnit) {
            this.meanOctets = meanOctets;
            this.unit = unit;
            this.nanosPerUnit = nanosPerUnit;
        }

        abstract Load.Session session(Mailboxes mailboxes, Connector connector);

        int meanOctets() {
            return meanOctets;
        }

        /** Lets servers do it in turns. */
        Figures figures(
                String what,
                Lab.Plan plan,
                Report report,
                Lab.Servers servers,
                Load load,
                Mailboxes mailboxes,
                Connector connector,
                Optional<TlsClient> tlsClient)
                throws IOException, InterruptedException {
            Load.Session session = session(mailboxes, connector);
            for (Server server : servers.all()) {
                double ignored = load.run(server, session, plan.warmUp());
            }
            Figures figures = new Figures(what, unit);
            for (int round = 0; round < plan.rounds(); round++) {
                for (Server server : servers.inOrderOf(round)) {
                    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
                    tlsClient.ifPresent(TlsClient::takeResumedPercent);
                    long before = server.nanos();
                    double done = load.run(server, session, plan.round());
                    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
                    figures.add(server.name(), (server.nanos() - before) / nanosPerUnit / done);
                    if (round == 0) {
                        tlsClient.ifPresent(client -> report.note("%s: %s resumed %d %% of its sessions"
                                .formatted(what, server.name(), client.takeResumedPercent())));
                    }
                }
            }
            return figures;
        }
    }

    /** How connections are secured. */
    record Tls(Certificate.Kind key, boolean resuming) {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        all.add(plain("poll", "poll", Work.POLL, Site.Scheme.PLAIN));
        all.add(plain("poll-sha512", "poll, `$6$` password hash", Work.POLL, Site.Scheme.SHA512_CRYPT));
        all.add(plain("retr", "RETR, one at a time", Work.RETR, Site.Scheme.PLAIN));
        all.add(plain("retr-pipelined", "RETR, 16 in flight", Work.RETR_PIPELINED, Site.Scheme.PLAIN));
        for (Certificate.Kind kind : Certificate.Kind.values()) {
            all.add(tls("tls-poll-full", "poll, full TLS handshake", Work.POLL, kind, false));
            all.add(tls("tls-poll-resumed", "poll, resumed TLS session", Work.POLL, kind, true));
        }
        all.add(tls("tls-retr", "RETR, one at a time, TLS", Work.RETR, Certificate.Kind.P256, true));
        return all;
    }

    private static Scenario plain(String name, String what, Work work, Site.Scheme scheme) {
        return new SessionScenario(name, what, work, scheme, Optional.empty());
    }

    private static Scenario tls(String name, String what, Work work, Certificate.Kind kind, boolean resuming) {
        return new SessionScenario(
                name + "-" + kind.label(),
                what + ", " + kind,
                work,
                Site.Scheme.PLAIN,
                Optional.of(new Tls(kind, resuming)));
    }

    /** How the server's TLS is configured is not for everyone. */
    @Override
    public boolean isUsual() {
        return tls.isEmpty();
    }

    @Override
    public void measure(Lab lab, Report report) throws IOException, InterruptedException {
        int count = work == Work.POLL ? lab.scale().users() : lab.scale().readers();
        List<String> users =
                IntStream.range(0, count).mapToObj(i -> "u%04d".formatted(i)).toList();
        Optional<Certificate> certificate = Optional.empty();
        if (tls.isPresent()) {
            certificate = Optional.of(Certificate.make(tls.get().key(), lab.folder()));
        }
        Mailboxes mailboxes = new Mailboxes(
                users, lab.scale().messages(), work.meanOctets, lab.plan().clients());
        List<ServerSetup> setups = lab.prepare(name, new Site(scheme, users, certificate), mailboxes::write);
        Optional<TlsClient> client = tlsClient(certificate);
        Connector connector =
                tls.isPresent() ? Connector.tls(client.orElseThrow(), tls.get().resuming()) : Connector.plain();
        try (Lab.Servers servers = Lab.start(setups);
                Load load = new Load(lab.plan().clients())) {
            report.add(work.figures(what, lab.plan(), report, servers, load, mailboxes, connector, client));
        }
    }

    private static Optional<TlsClient> tlsClient(Optional<Certificate> certificate) throws IOException {
        if (certificate.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new TlsClient(certificate.get().trusted()));
        } catch (GeneralSecurityException e) {
            throw new IOException("This JDK cannot speak TLS", e);
        }
    }
}
