package org.vmail.chain;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.Complaints;
import org.vmail.internal.ProcessTree;
import org.vmail.net.Connection;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.internal.Threads;

/**
 * A program that is started for each connection.
 *
 * <p>Pipes block the thread that uses them, and on a virtual thread its carrier too, so all that concerns one is done by three
 * platform threads: one for each direction, and one for what the program complains about.
 */
final class ProcessDaemon implements NativeDaemon {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessDaemon.class);
    private static final Set<String> INHERITED = Set.of("PATH", "HOME", "TZ", "LANG", "LC_ALL");
    private static final ExecutorService THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE, // three for each process, and those are bounded
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Threads.daemons("vmail-chain-process"));

    private final List<String> command;
    private final ChainOptions options;
    private final BufferPool buffers;
    private final Semaphore places;

    ProcessDaemon(List<String> command, ChainOptions options) {
        Preconditions.checkArgument(!command.isEmpty(), "A native daemon needs a command");
        this.command = List.copyOf(command);
        this.options = options;
        this.buffers = new BufferPool(options);
        this.places = new Semaphore(options.maxProcesses());
    }

    @Override
    public void serve(Connection connection) throws IOException {
        if (!places.tryAcquire()) {
            throw new IOException("There are " + options.maxProcesses() + " processes of " + this + " already");
        }
        try {
            ProcessTree tree = start(connection.info());
            CountDownLatch over = new CountDownLatch(1);
            execute(tree, () -> {
                try {
                    run(connection, tree);
                } finally {
                    over.countDown();
                }
            });
            await(over, connection);
        } finally {
            places.release();
        }
    }

    private static void execute(ProcessTree tree, Runnable work) {
        boolean running = false;
        try {
            THREADS.execute(work);
            running = true;
        } finally {
            if (!running) {
                tree.kill(); // there is no thread for it
            }
        }
    }

    private ProcessTree start(ConnectionInfo client) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(INHERITED);
        environment.putAll(options.environment());
        environment.putAll(environment(client));
        return ProcessTree.start(builder);
    }

    /** As tcpserver tells it. */
    static Map<String, String> environment(ConnectionInfo client) {
        boolean both6 = client.local().getAddress() instanceof Inet6Address;
        return Map.of(
                "PROTO", both6 ? "TCP6" : "TCP",
                "TCPREMOTEIP", ip(client.remote()),
                "TCPREMOTEPORT", String.valueOf(client.remote().getPort()),
                "TCPLOCALIP", ip(client.local()),
                "TCPLOCALPORT", String.valueOf(client.local().getPort()));
    }

    private static String ip(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        String text = ip.getHostAddress();
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }

    private void run(Connection connection, ProcessTree tree) {
        String name = command.get(0) + "[" + tree.root().pid() + "]";
        ProcessPipes pipes = new ProcessPipes(tree, options.terminationGrace().toNanos());
        CountDownLatch complaints = new CountDownLatch(1);
        Runnable errorsEnded = () -> {
            pipes.errorsEnded();
            complaints.countDown();
        };
        Watch.SHARED.add(pipes);
        boolean listening = false;
        try {
            execute(tree, () -> {
                try {
                    Complaints.log(LOG, name, tree.root().getErrorStream());
                } finally {
                    errorsEnded.run();
                }
            });
            listening = true;
            byte[] header = ProxyHeaders.of(connection.info(), options);
            if (header.length > 0) {
                pipes.write(ByteBuffer.wrap(header));
            }
            new Splice(connection, pipes, options, buffers).run(THREADS);
        } catch (IOException endedAtOnce) {
            LOG.debug("{} took no PROXY header: {}", name, endedAtOnce.toString());
        } finally {
            if (!listening) {
                errorsEnded.run();
            }
            pipes.close();
            awaitEnd(name, tree, complaints);
            Watch.SHARED.remove(pipes);
        }
    }

    /** Returns when nothing of it is left: it ends by SIGKILL, if by nothing else. */
    private static void awaitEnd(String name, ProcessTree tree, CountDownLatch complaints) {
        try {
            int status = tree.root().waitFor();
            complaints.await();
            tree.killOrphans(); // those that have no pipe of ours open, or lost it before anybody waited for them
            LOG.debug("{} ended with status {}", name, status);
        } catch (InterruptedException nobodyDoesThat) {
            Thread.currentThread().interrupt();
        }
    }

    /** An interrupt ends the connection, and waits for the process all the same. */
    private static void await(CountDownLatch over, Connection connection) throws IOException {
        boolean interrupted = false;
        try {
            while (over.getCount() > 0) {
                try {
                    over.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                    connection.close();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The program, for logs; its arguments may be secrets. */
    @Override
    public String toString() {
        return command.get(0);
    }
}
