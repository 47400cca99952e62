package org.vmail.examples.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Clients that work at the same time, one after the other's heels. */
final class Load implements AutoCloseable {
    /** What a client does again and again. */
    interface Session {
        /**
         * One session.
         *
         * @param client which of the clients, from 0 on
         * @param turn how many sessions this client had before
         * @return how much was done, in the unit of the scenario
         */
        double run(Server server, int client, int turn) throws IOException;
    }

    private final int clients;
    private final ExecutorService threads;

    Load(int clients) {
        this.clients = clients;
        this.threads = Executors.newFixedThreadPool(clients);
    }

    int clients() {
        return clients;
    }

    /** Lets all clients work for a while, and returns how much they did. The first failure ends it. */
    double run(Server server, Session session, Duration duration) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + duration.toNanos();
        List<Callable<Double>> tasks = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            int client = i;
            tasks.add(() -> repeat(server, session, client, deadline));
        }
        double done = 0;
        for (Future<Double> task : threads.invokeAll(tasks)) {
            try {
                done += task.get();
            } catch (ExecutionException e) {
                throw new IOException("A client of " + server.name() + " failed: " + e.getCause(), e);
            }
        }
        return done;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private static double repeat(Server server, Session session, int client, long deadline) throws IOException {
        double done = 0;
        int turn = 0;
        do {
            done += session.run(server, client, turn++);
        } while (System.nanoTime() - deadline < 0);
        return done;
    }
}
