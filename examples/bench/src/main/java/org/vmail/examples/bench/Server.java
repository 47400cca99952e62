package org.vmail.examples.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A running server, a process of its own whose processor time and memory are counted. */
final class Server implements Closeable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern PSS = Pattern.compile("(?m)^Pss:\\s+(\\d+) kB$");
    private static final Pattern HISTOGRAM_TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    private final ServerSetup setup;
    private final ProcessorTime time;
    private final Process process;
    private final Thread atExit = new Thread(this::abandon);

    private Server(ServerSetup setup, ProcessorTime time, Process process) {
        this.setup = setup;
        this.time = time;
        this.process = process;
    }

    /** Starts it, and returns when the first client has been greeted. */
    static Server start(ServerSetup setup) throws IOException, InterruptedException {
        ProcessorTime time = ProcessorTime.of(setup.folder().getFileName().toString());
        ProcessBuilder builder = new ProcessBuilder(time.counted(setup.command()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        setup.folder().resolve("output").toFile()));
        // It would begin with a line about options that it picked up.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        Server server = new Server(setup, time, builder.start());
        Runtime.getRuntime().addShutdownHook(server.atExit);
        try {
            server.awaitGreeting();
            return server;
        } catch (IOException | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    String name() {
        return setup.name();
    }

    ServerSetup setup() {
        return setup;
    }

    InetSocketAddress pop3() {
        return setup.ports().pop3();
    }

    InetSocketAddress pop3s() {
        return setup.ports().pop3s();
    }

    InetSocketAddress lmtp() {
        return setup.ports().lmtp();
    }

    Path maildir(String user) {
        return setup.mail().resolve(user);
    }

    /** All processor time that it has used since it was started. */
    long nanos() throws IOException {
        return time.nanos(process);
    }

    String timeSource() {
        return time.source();
    }

    /** The proportional set size of all its processes, after a garbage collection if it collects garbage. */
    long memory() throws IOException, InterruptedException {
        if (setup.jcmd().isPresent()) {
            String ignored = jcmd("GC.run");
        }
        long octets = 0;
        for (long id : time.processes(process)) {
            Path rollup = Path.of("/proc", Long.toString(id), "smaps_rollup");
            if (Files.exists(rollup)) {
                Matcher pss = PSS.matcher(Files.readString(rollup, US_ASCII));
                octets += pss.find() ? Long.parseLong(pss.group(1)) * 1024 : 0;
            }
        }
        return octets;
    }

    /** What is alive on its heap, if it has one. */
    OptionalLong liveHeap() throws IOException, InterruptedException {
        if (setup.jcmd().isEmpty()) {
            return OptionalLong.empty();
        }
        Matcher total = HISTOGRAM_TOTAL.matcher(jcmd("GC.class_histogram"));
        return total.find() ? OptionalLong.of(Long.parseLong(total.group(1))) : OptionalLong.empty();
    }

    /** Ends it as service managers do. */
    @Override
    public void close() throws IOException {
        try {
            if (!Runtime.getRuntime().removeShutdownHook(atExit)) {
                return;
            }
        } catch (IllegalStateException exiting) {
            return; // the hook does it
        }
        end();
    }

    /** Somebody has interrupted the measurement. */
    private void abandon() {
        try {
            end();
        } catch (IOException e) {
            System.err.println(name() + " was not ended: " + e.getMessage());
        }
    }

    private void end() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().onExit().join();
            }
            awaitEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + name() + " was ending", e);
        }
        time.close();
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        return Programs.run(List.of(setup.jcmd().orElseThrow().toString(), Long.toString(process.pid()), command));
    }

    private void awaitGreeting() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!isGreeting()) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                throw new IOException(name() + " did not start; it said: "
                        + Files.readString(setup.folder().resolve("output"), UTF_8)
                                .trim());
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private boolean isGreeting() throws IOException {
        InetSocketAddress address = setup.ports().pop3();
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            return socket.getInputStream().read() == '+';
        } catch (ConnectException notYet) {
            return false;
        }
    }

    /** Its children may end a moment later. */
    private void awaitEmpty() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (time.isInUse()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("Processes of " + name() + " do not end");
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
