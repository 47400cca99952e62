package org.vmail.net.internal;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.vmail.net.ServerOptions;

/**
 * Counts who is served, in all and by client network, and who of them is not logged in. Who would be one too many for its
 * network is refused; otherwise the client that has gone longest without logging in makes room. Thread-safe.
 */
final class Admission {
    private final int max;
    private final int maxPerClient;
    private final int maxHalfOpen;
    private final Map<ClientNetwork, Integer> served = new HashMap<>();
    private final Set<Place> halfOpen = new LinkedHashSet<>();
    private int taken;
    /** Who has not ended yet: also who was dropped, as its thread goes on for a moment. */
    private int running;

    private boolean closed;

    Admission(ServerOptions options) {
        this.max = options.maxConnections();
        this.maxPerClient = options.maxConnectionsPerClient();
        this.maxHalfOpen = options.maxHalfOpenConnections();
    }

    /** A client's place. */
    final class Place {
        private final ClientNetwork network;
        private final Runnable drop;
        private boolean left;

        private Place(ClientNetwork network, Runnable drop) {
            this.network = network;
            this.drop = drop;
        }

        /** The client has logged in, and is not dropped for others any more. */
        void established() {
            synchronized (Admission.this) {
                halfOpen.remove(this);
            }
        }

        /** The client's conversation has ended, and its thread is about to. */
        void leave() {
            synchronized (Admission.this) {
                vacate(this);
                running--;
                Admission.this.notifyAll();
            }
        }
    }

    /**
     * Lets a client in.
     *
     * @param drop closes its connection; called if it has to make room
     * @return its place, or empty if there is none
     */
    Optional<Place> enter(InetAddress client, Runnable drop) {
        Place place = new Place(ClientNetwork.of(client), drop);
        Optional<Place> dropped = Optional.empty();
        synchronized (this) {
            if (closed || served.getOrDefault(place.network, 0) >= maxPerClient) {
                return Optional.empty();
            }
            if (taken == max || halfOpen.size() == maxHalfOpen) {
                dropped = halfOpen.stream().findFirst();
                if (dropped.isEmpty()) {
                    return Optional.empty();
                }
                vacate(dropped.get());
            }
            taken++;
            running++;
            served.merge(place.network, 1, Integer::sum);
            halfOpen.add(place);
        }
        dropped.ifPresent(victim -> victim.drop.run());
        return Optional.of(place);
    }

    private synchronized void vacate(Place place) {
        halfOpen.remove(place);
        if (!place.left) {
            place.left = true;
            taken--;
            served.computeIfPresent(place.network, (network, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Lets nobody in any more, and waits until all conversations have ended. */
    synchronized boolean awaitEmpty(Duration timeout) throws InterruptedException {
        closed = true;
        long deadline = System.nanoTime() + timeout.toNanos();
        while (running > 0) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }
}
