package org.vmail.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process and all that it has started, to be ended together.
 *
 * <p>Children whose parent has ended are nobody's descendants any more. On Linux they are still found, by a mark in their
 * environment, which children inherit. Thread-safe.
 */
public final class ProcessTree {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessTree.class);
    private static final String MARK = "VMAIL_PROCESS";
    private static final Path PROCESSES = Path.of("/proc");

    private final Process root;
    private final String mark;
    private final ConcurrentLinkedQueue<ProcessHandle> terminated = new ConcurrentLinkedQueue<>();

    private ProcessTree(Process root, String mark) {
        this.root = root;
        this.mark = mark;
    }

    /**
     * Starts a process.
     *
     * @param builder what to start; its environment gets the mark
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static ProcessTree start(ProcessBuilder builder) throws IOException {
        String value = UUID.randomUUID().toString();
        builder.environment().put(MARK, value);
        return new ProcessTree(builder.start(), MARK + '=' + value);
    }

    /**
     * The process itself.
     *
     * @return the root of the tree
     */
    public Process root() {
        return root;
    }

    /** Asks all of it to end, by SIGTERM. */
    public void terminate() {
        root.descendants().forEach(terminated::add);
        root.destroy();
        terminated.forEach(ProcessHandle::destroy);
    }

    /** Ends all of it by SIGKILL, what was asked before and is an orphan now included. */
    public void kill() {
        List<ProcessHandle> descendants = new ArrayList<>(terminated);
        root.descendants().forEach(descendants::add);
        root.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
        killOrphans();
    }

    /** Ends by SIGKILL what the process has left behind, where the system shows it. */
    public void killOrphans() {
        if (!Files.isDirectory(PROCESSES)) {
            return;
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[1-9]*")) {
            for (Path process : processes) {
                if (isMarked(process)) {
                    ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                            .ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
            LOG.warn("Processes that {} left behind were not looked for: {}", root.pid(), e.toString());
        }
    }

    /** Not if it has ended, or is somebody else's: then it is not shown to us. */
    private boolean isMarked(Path process) {
        try {
            String environment = new String(Files.readAllBytes(process.resolve("environ")), ISO_8859_1);
            return environment.startsWith(mark + '\0') || environment.contains('\0' + mark + '\0');
        } catch (IOException notShown) {
            return false;
        }
    }
}
