package org.vmail.delivery;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.vmail.internal.Durations;

/**
 * The bounds of programs that take or filter messages. Immutable; each {@code with…} method returns a changed copy.
 *
 * <p>A program is run without a shell, in an empty folder of its own that is removed afterwards, with nothing in its
 * environment but {@code PATH}, {@code HOME}, {@code TZ}, {@code LANG}, {@code LC_ALL} and what is set here. It runs as the
 * user that this process runs as. When it ends, what it has started is ended, too.
 */
public final class CommandOptions {
    private static final CommandOptions DEFAULTS = new CommandOptions(new Values());

    private final Values values;

    /** Changed only before it is given to {@link CommandOptions}. */
    private static final class Values implements Cloneable {
        private Duration timeLimit = Duration.ofMinutes(2);
        private int maxProcesses = 16;
        private long maxFilteredOctets = 100L << 20;
        private int memoryOctets = 256 * 1024;
        private Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        private Map<String, String> environment = Map.of();

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private CommandOptions(Values values) {
        this.values = values;
        Durations.checkPositive(values.timeLimit, "The time limit of a command");
        checkArgument(values.maxProcesses > 0, "The number of processes must be positive");
        checkArgument(values.maxFilteredOctets > 0, "The size of a filtered message must be positive");
        checkArgument(values.memoryOctets >= 0, "The memory for a filtered message must not be negative");
    }

    private CommandOptions with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new CommandOptions(changed);
    }

    /**
     * The defaults: 2 minutes, 16 processes, filtered messages of up to 100 MiB of which 256 KiB are held in memory, and the
     * system's folder for temporary files.
     *
     * @return the defaults
     */
    public static CommandOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how long a program may take, waiting for its turn included. Then it is killed, and the mail waits. MTAs wait ten
     * minutes for the answer to a message (RFC 5321, section 4.5.3.2.6), and a message may need several programs.
     *
     * @param limit positive; default 2 minutes
     * @return the changed copy
     */
    public CommandOptions withTimeLimit(Duration limit) {
        return with(values -> values.timeLimit = limit);
    }

    /**
     * Sets how many programs may run at a time; further ones wait for their turn.
     *
     * @param count at least 1; default 16
     * @return the changed copy
     */
    public CommandOptions withMaxProcesses(int count) {
        return with(values -> values.maxProcesses = count);
    }

    /**
     * Sets how much a filter may write; one that writes more has failed.
     *
     * @param octets positive; default 100 MiB
     * @return the changed copy
     */
    public CommandOptions withMaxFilteredOctets(long octets) {
        return with(values -> values.maxFilteredOctets = octets);
    }

    /**
     * Sets how much of a filtered message is held in memory; the rest is held in a file.
     *
     * @param octets not negative; default 256 KiB
     * @return the changed copy
     */
    public CommandOptions withMemoryOctets(int octets) {
        return with(values -> values.memoryOctets = octets);
    }

    /**
     * Sets where the working folders and filtered messages are made.
     *
     * @param parent an existing folder; default the system's folder for temporary files
     * @return the changed copy
     */
    public CommandOptions withFolder(Path parent) {
        return with(values -> values.folder = parent);
    }

    /**
     * Sets what else is in the environment of programs.
     *
     * @param variables names and values; default none
     * @return the changed copy
     */
    public CommandOptions withEnvironment(Map<String, String> variables) {
        return with(values -> values.environment = Map.copyOf(variables));
    }

    /**
     * How long a program may take.
     *
     * @return the time limit
     */
    public Duration timeLimit() {
        return values.timeLimit;
    }

    /**
     * How many programs may run at a time.
     *
     * @return the limit
     */
    public int maxProcesses() {
        return values.maxProcesses;
    }

    /**
     * How much a filter may write.
     *
     * @return octets
     */
    public long maxFilteredOctets() {
        return values.maxFilteredOctets;
    }

    /**
     * How much of a filtered message is held in memory.
     *
     * @return octets
     */
    public int memoryOctets() {
        return values.memoryOctets;
    }

    /**
     * Where the working folders and filtered messages are made.
     *
     * @return the folder
     */
    public Path folder() {
        return values.folder;
    }

    /**
     * What else is in the environment of programs.
     *
     * @return names and values
     */
    public Map<String, String> environment() {
        return values.environment;
    }
}
