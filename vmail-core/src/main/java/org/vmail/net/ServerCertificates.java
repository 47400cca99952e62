package org.vmail.net;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All certificates of a server, found by host name, and looked at again from time to time. Thread-safe. */
final class ServerCertificates {
    /** Handshakes that began before a change may still ask for what they were promised. */
    private static final int KEPT_GENERATIONS = 3;

    private final List<CertificateFiles> files;
    private final long intervalNanos;
    private final LongSupplier clock;
    private final ReentrantLock refreshing = new ReentrantLock();
    private volatile long lastCheck;
    private volatile Generation current;

    ServerCertificates(List<CertificateFiles> files, long intervalNanos, LongSupplier clock) {
        this.files = List.copyOf(files);
        this.intervalNanos = intervalNanos;
        this.clock = clock;
        this.lastCheck = clock.getAsLong();
        this.current = Generation.of(certificates(), List.of());
    }

    /** Looks at the files if it is time to, and if nobody else is looking: who comes meanwhile gets what there is. */
    void refresh() {
        if (isDue() && refreshing.tryLock()) {
            try {
                if (isDue()) {
                    lastCheck = clock.getAsLong();
                    refreshAll();
                }
            } finally {
                refreshing.unlock();
            }
        }
    }

    List<ServerCertificate> all() {
        return current.certificates;
    }

    /** The certificate for a host, with a key of a kind; for an unknown host, or none, of those that are the default. */
    Optional<ServerCertificate> choose(Optional<String> host, String keyType) {
        return host.map(current::find).orElse(current.defaults).stream()
                .filter(certificate -> certificate.key().getAlgorithm().equals(keyType))
                .findFirst();
    }

    /** What an alias stands for, also for a while after the files have changed. */
    @Nullable
    ServerCertificate byAlias(String alias) {
        return current.byAlias.get(alias);
    }

    private boolean isDue() {
        return intervalNanos > 0 && clock.getAsLong() - lastCheck >= intervalNanos;
    }

    private void refreshAll() {
        boolean changed = false;
        for (CertificateFiles pair : files) {
            changed |= pair.refresh();
        }
        if (changed) {
            List<List<ServerCertificate>> former = new ArrayList<>();
            former.add(current.certificates);
            former.addAll(current.former);
            current = Generation.of(certificates(), former.subList(0, Math.min(former.size(), KEPT_GENERATIONS)));
        }
    }

    private List<ServerCertificate> certificates() {
        return files.stream().map(CertificateFiles::certificate).toList();
    }

    /** What is in use between two changes of the files. */
    private record Generation(
            List<ServerCertificate> certificates,
            List<List<ServerCertificate>> former,
            List<ServerCertificate> defaults,
            Map<String, List<ServerCertificate>> byName,
            Map<String, ServerCertificate> byAlias) {

        static Generation of(List<ServerCertificate> certificates, List<List<ServerCertificate>> former) {
            Map<String, List<ServerCertificate>> byName = new HashMap<>();
            Map<String, ServerCertificate> byAlias = new HashMap<>();
            former.forEach(
                    older -> older.forEach(certificate -> byAlias.putIfAbsent(certificate.alias(), certificate)));
            for (ServerCertificate certificate : certificates) {
                byAlias.put(certificate.alias(), certificate);
                for (String name : certificate.names()) {
                    byName.computeIfAbsent(name, unused -> new ArrayList<>()).add(certificate);
                }
            }
            ServerCertificate first = certificates.get(0);
            // An RSA certificate is a default beside an ECDSA certificate of the same hosts.
            List<ServerCertificate> defaults = certificates.stream()
                    .filter(certificate -> certificate.alias().equals(first.alias())
                            || certificate.names().stream().anyMatch(first.names()::contains))
                    .toList();
            return new Generation(certificates, List.copyOf(former), defaults, byName, byAlias);
        }

        /** RFC 6125, section 6.4.3: the host itself, or a wildcard for its first label. */
        List<ServerCertificate> find(String host) {
            List<ServerCertificate> exact = byName.get(host);
            if (exact != null) {
                return exact;
            }
            int dot = host.indexOf('.');
            return dot < 0 ? defaults : byName.getOrDefault("*" + host.substring(dot), defaults);
        }
    }
}
