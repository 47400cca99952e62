package org.vmail.net.internal;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Counts who is served, in all and by client address, and refuses who would be one too many. */
final class Admission {
    private final int max;
    private final int maxPerClient;
    private final Semaphore places;
    private final Map<InetAddress, Integer> served = new ConcurrentHashMap<>();

    Admission(int max, int maxPerClient) {
        this.max = max;
        this.maxPerClient = maxPerClient;
        this.places = new Semaphore(max);
    }

    boolean tryEnter(InetAddress client) {
        if (!places.tryAcquire()) {
            return false;
        }
        if (served.merge(client, 1, Integer::sum) > maxPerClient) {
            leave(client);
            return false;
        }
        return true;
    }

    void leave(InetAddress client) {
        served.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
        places.release();
    }

    /** Waits until nobody is served any more; if that comes true, nobody can enter again. */
    boolean awaitEmpty(Duration timeout) throws InterruptedException {
        return places.tryAcquire(max, timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
}
