package org.vmail.examples.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The processor time of a process and of everything it starts, also of what has ended since. */
interface ProcessorTime {
    /** What to run instead of a command, so that its time is counted from the beginning. */
    List<String> counted(List<String> command);

    /** All processor time so far, in user and in system mode. */
    long nanos(Process process) throws IOException;

    /** The processes that run now. */
    List<Long> processes(Process process) throws IOException;

    /** In words, for the report. */
    String source();

    /** Whether a process is known to run that belongs to it, also when the first one has ended. */
    boolean isInUse() throws IOException;

    /** Ends the counting; all processes have ended. */
    void close() throws IOException;

    /** A control group if this system lets us make one, else what /proc tells. */
    static ProcessorTime of(String name) {
        return ControlGroup.create("vmail-bench-" + ProcessHandle.current().pid() + "-" + name)
                .map(group -> (ProcessorTime) group)
                .orElseGet(ProcessTable::new);
    }

    /** A cgroup, of version 1 (cpuacct) or 2. */
    record ControlGroup(Path folder, Path usage, String source) implements ProcessorTime {
        private static final Path ROOT = Path.of("/sys/fs/cgroup");
        private static final Path ACCOUNTING = ROOT.resolve("cpuacct");

        static Optional<ControlGroup> create(String name) {
            boolean first = Files.isDirectory(ACCOUNTING);
            Path folder = (first ? ACCOUNTING : ROOT).resolve(name);
            try {
                Files.createDirectory(folder);
            } catch (IOException notAllowed) {
                return Optional.empty();
            }
            return Optional.of(
                    first
                            ? new ControlGroup(folder, folder.resolve("cpuacct.usage"), "cgroup v1, cpuacct.usage")
                            : new ControlGroup(folder, folder.resolve("cpu.stat"), "cgroup v2, cpu.stat"));
        }

        @Override
        public List<String> counted(List<String> command) {
            List<String> entered = new ArrayList<>(List.of(
                    "/bin/sh",
                    "-c",
                    "echo $$ >\"$0\" && exec \"$@\"",
                    folder.resolve("cgroup.procs").toString()));
            entered.addAll(command);
            return entered;
        }

        @Override
        public long nanos(Process process) throws IOException {
            String text = Files.readString(usage, US_ASCII).trim();
            if (usage.endsWith("cpuacct.usage")) {
                return Long.parseLong(text);
            }
            String micros = text.lines()
                    .filter(line -> line.startsWith("usage_usec "))
                    .findFirst()
                    .orElseThrow(() -> new IOException(usage + " has no usage_usec"));
            return TimeUnit.MICROSECONDS.toNanos(Long.parseLong(micros.substring("usage_usec ".length())));
        }

        @Override
        public List<Long> processes(Process process) throws IOException {
            return Files.readAllLines(folder.resolve("cgroup.procs"), US_ASCII).stream()
                    .map(Long::valueOf)
                    .toList();
        }

        @Override
        public boolean isInUse() throws IOException {
            return !Files.readString(folder.resolve("cgroup.procs"), US_ASCII).isEmpty();
        }

        @Override
        public void close() throws IOException {
            Files.delete(folder);
        }
    }

    /** The sum over the process, its descendants, and the children that each of them has waited for. */
    record ProcessTable() implements ProcessorTime {
        /** What sysconf(_SC_CLK_TCK) says on every Linux. */
        private static final long TICKS_PER_SECOND = 100;
        /** Where utime, stime, cutime and cstime are behind the parenthesis of the program's name: see proc(5). */
        private static final int FIRST_TIME = 11;

        private static final int TIMES = 4;

        @Override
        public List<String> counted(List<String> command) {
            return command;
        }

        @Override
        public long nanos(Process process) throws IOException {
            long ticks = 0;
            for (long id : processes(process)) {
                Path stat = Path.of("/proc", Long.toString(id), "stat");
                if (Files.exists(stat)) {
                    ticks += ticks(Files.readString(stat, US_ASCII));
                }
            }
            return TimeUnit.SECONDS.toNanos(ticks) / TICKS_PER_SECOND;
        }

        @Override
        public List<Long> processes(Process process) {
            return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                    .map(ProcessHandle::pid)
                    .toList();
        }

        @Override
        public String source() {
            return "/proc/PID/stat, in steps of 10 ms (no cgroup could be made)";
        }

        @Override
        public boolean isInUse() {
            return false;
        }

        @Override
        public void close() {}

        static long ticks(String stat) {
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = 0;
            for (int i = FIRST_TIME; i < FIRST_TIME + TIMES; i++) {
                ticks += Long.parseLong(fields[i]);
            }
            return ticks;
        }
    }
}
