package org.vmail.net.internal;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
        /** Where it is counted; for one behind a proxy, as soon as the proxy has told. */
        private Optional<ClientNetwork> network = Optional.empty();

        private final Consumer<InetAddress> drop;
        private volatile InetAddress client;
        private boolean left;

        private Place(InetAddress client, Consumer<InetAddress> drop) {
            this.client = client;
            this.drop = drop;
        }

        /**
         * Counts it where it is from, which only a proxy knew when it entered.
         *
         * @return whether there is a place for it in its network's share; if not, it still has to leave
         */
        boolean identify(InetAddress told) {
            synchronized (Admission.this) {
                client = told;
                return left || count(this);
            }
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
     * @param peer its address, or that of its proxy
     * @param proxied whether it is behind a proxy, and counted when that has told where it is from: the proxy brings many
     * @param drop closes its connection; called with its address, as far as that is known, if it has to make room
     * @return its place, or empty if there is none
     */
    Optional<Place> enter(InetAddress peer, boolean proxied, Consumer<InetAddress> drop) {
        Place place = new Place(peer, drop);
        Optional<Place> dropped = Optional.empty();
        synchronized (this) {
            if (closed || (!proxied && isFull(ClientNetwork.of(peer)))) {
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
            if (!proxied) {
                count(place);
            }
            halfOpen.add(place);
        }
        dropped.ifPresent(victim -> victim.drop.accept(victim.client));
        return Optional.of(place);
    }

    private synchronized boolean isFull(ClientNetwork network) {
        return served.getOrDefault(network, 0) >= maxPerClient;
    }

    private synchronized boolean count(Place place) {
        ClientNetwork network = ClientNetwork.of(place.client);
        if (isFull(network)) {
            return false;
        }
        served.merge(network, 1, Integer::sum);
        place.network = Optional.of(network);
        return true;
    }

    private synchronized void vacate(Place place) {
        halfOpen.remove(place);
        if (!place.left) {
            place.left = true;
            taken--;
            place.network.ifPresent(
                    network -> served.computeIfPresent(network, (counted, count) -> count == 1 ? null : count - 1));
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
