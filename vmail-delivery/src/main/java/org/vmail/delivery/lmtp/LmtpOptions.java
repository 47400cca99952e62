package org.vmail.delivery.lmtp;

import static com.google.common.base.Preconditions.checkArgument;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import org.vmail.internal.Durations;

/** The bounds of an LMTP session. Immutable; each {@code with…} method returns a changed copy. */
public final class LmtpOptions {
    private static final LmtpOptions DEFAULTS = new LmtpOptions(
            localHostName(),
            Duration.ofMinutes(5),
            Duration.ofMinutes(3),
            64L << 20,
            64 * 1024,
            Path.of(System.getProperty("java.io.tmpdir")),
            1000,
            2048,
            20);

    private final String hostName;
    private final Duration commandTimeout;
    private final Duration dataTimeout;
    private final long maxMessageOctets;
    private final int memoryOctets;
    private final Path spoolFolder;
    private final int maxRecipients;
    private final int maxLineOctets;
    private final int maxBadCommands;

    private LmtpOptions(
            String hostName,
            Duration commandTimeout,
            Duration dataTimeout,
            long maxMessageOctets,
            int memoryOctets,
            Path spoolFolder,
            int maxRecipients,
            int maxLineOctets,
            int maxBadCommands) {
        Durations.checkPositive(commandTimeout, "The command timeout");
        Durations.checkPositive(dataTimeout, "The data timeout");
        checkArgument(maxMessageOctets > 0, "The message size must be positive");
        checkArgument(memoryOctets >= 0, "The memory for a message must not be negative");
        checkArgument(maxRecipients >= 100, "A message must be allowed 100 recipients (RFC 5321, section 4.5.3.1.8)");
        checkArgument(maxLineOctets >= 512, "A command line must be allowed 512 octets (RFC 5321, section 4.5.3.1.4)");
        checkArgument(maxBadCommands > 0, "The number of bad commands must be positive");
        this.hostName = hostName;
        this.commandTimeout = commandTimeout;
        this.dataTimeout = dataTimeout;
        this.maxMessageOctets = maxMessageOctets;
        this.memoryOctets = memoryOctets;
        this.spoolFolder = spoolFolder;
        this.maxRecipients = maxRecipients;
        this.maxLineOctets = maxLineOctets;
        this.maxBadCommands = maxBadCommands;
    }

    /**
     * The defaults: this machine's host name, 5 minutes for a command, 3 minutes of silence within a message, messages of
     * 64 MiB, of which 64 KiB in memory and the rest in the system's folder for temporary files, 1000 recipients, command
     * lines of 2048 octets, 20 bad commands.
     *
     * @return the defaults
     */
    public static LmtpOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the name that the server greets with and writes into Received fields.
     *
     * @param name a host name; default: the name of this machine
     * @return the changed copy
     */
    public LmtpOptions withHostName(String name) {
        return new LmtpOptions(
                name,
                commandTimeout,
                dataTimeout,
                maxMessageOctets,
                memoryOctets,
                spoolFolder,
                maxRecipients,
                maxLineOctets,
                maxBadCommands);
    }

    /**
     * Sets how long a client may take to send a whole command (RFC 5321, section 4.5.3.2.7).
     *
     * @param timeout positive; default 5 minutes
     * @return the changed copy
     */
    public LmtpOptions withCommandTimeout(Duration timeout) {
        return new LmtpOptions(
                hostName,
                timeout,
                dataTimeout,
                maxMessageOctets,
                memoryOctets,
                spoolFolder,
                maxRecipients,
                maxLineOctets,
                maxBadCommands);
    }

    /**
     * Sets how long a client may be silent within a message.
     *
     * @param timeout positive; default 3 minutes
     * @return the changed copy
     */
    public LmtpOptions withDataTimeout(Duration timeout) {
        return new LmtpOptions(
                hostName,
                commandTimeout,
                timeout,
                maxMessageOctets,
                memoryOctets,
                spoolFolder,
                maxRecipients,
                maxLineOctets,
                maxBadCommands);
    }

    /**
     * Sets how large a message may be (SIZE, RFC 1870).
     *
     * @param octets at least 1; default 64 MiB
     * @return the changed copy
     */
    public LmtpOptions withMaxMessageOctets(long octets) {
        return new LmtpOptions(
                hostName,
                commandTimeout,
                dataTimeout,
                octets,
                memoryOctets,
                spoolFolder,
                maxRecipients,
                maxLineOctets,
                maxBadCommands);
    }

    /**
     * Sets how much of a message that is being received is held in memory; the rest goes to a file.
     *
     * @param octets zero or more; default 64 KiB
     * @return the changed copy
     */
    public LmtpOptions withMemoryOctets(int octets) {
        return new LmtpOptions(
                hostName,
                commandTimeout,
                dataTimeout,
                maxMessageOctets,
                octets,
                spoolFolder,
                maxRecipients,
                maxLineOctets,
                maxBadCommands);
    }

    /**
     * Sets where messages that do not fit into memory are held until they are delivered.
     *
     * @param folder an existing folder; default: the system's for temporary files
     * @return the changed copy
     */
    public LmtpOptions withSpoolFolder(Path folder) {
        return new LmtpOptions(
                hostName,
                commandTimeout,
                dataTimeout,
                maxMessageOctets,
                memoryOctets,
                folder,
                maxRecipients,
                maxLineOctets,
                maxBadCommands);
    }

    /**
     * Sets how many recipients a message may have; further ones are told to come again.
     *
     * @param count at least 100 (RFC 5321, section 4.5.3.1.8); default 1000
     * @return the changed copy
     */
    public LmtpOptions withMaxRecipients(int count) {
        return new LmtpOptions(
                hostName,
                commandTimeout,
                dataTimeout,
                maxMessageOctets,
                memoryOctets,
                spoolFolder,
                count,
                maxLineOctets,
                maxBadCommands);
    }

    /**
     * Sets how long a command line may be, with its CRLF.
     *
     * @param octets at least 512 (RFC 5321, section 4.5.3.1.4); default 2048
     * @return the changed copy
     */
    public LmtpOptions withMaxLineOctets(int octets) {
        return new LmtpOptions(
                hostName,
                commandTimeout,
                dataTimeout,
                maxMessageOctets,
                memoryOctets,
                spoolFolder,
                maxRecipients,
                octets,
                maxBadCommands);
    }

    /**
     * Sets how many commands that do not exist, are malformed or are out of place a session may send, before the connection is closed.
     *
     * @param count at least 1; default 20
     * @return the changed copy
     */
    public LmtpOptions withMaxBadCommands(int count) {
        return new LmtpOptions(
                hostName,
                commandTimeout,
                dataTimeout,
                maxMessageOctets,
                memoryOctets,
                spoolFolder,
                maxRecipients,
                maxLineOctets,
                count);
    }

    /**
     * The name that the server greets with.
     *
     * @return a host name
     */
    public String hostName() {
        return hostName;
    }

    /**
     * How long a client may take for a command.
     *
     * @return positive
     */
    public Duration commandTimeout() {
        return commandTimeout;
    }

    /**
     * How long a client may be silent within a message.
     *
     * @return positive
     */
    public Duration dataTimeout() {
        return dataTimeout;
    }

    /**
     * How large a message may be.
     *
     * @return octets
     */
    public long maxMessageOctets() {
        return maxMessageOctets;
    }

    /**
     * How much of a message is held in memory.
     *
     * @return octets
     */
    public int memoryOctets() {
        return memoryOctets;
    }

    /**
     * Where messages that do not fit into memory are held.
     *
     * @return an existing folder
     */
    public Path spoolFolder() {
        return spoolFolder;
    }

    /**
     * How many recipients a message may have.
     *
     * @return at least 100
     */
    public int maxRecipients() {
        return maxRecipients;
    }

    /**
     * How long a command line may be.
     *
     * @return octets
     */
    public int maxLineOctets() {
        return maxLineOctets;
    }

    /**
     * How many bad commands a session may send.
     *
     * @return at least 1
     */
    public int maxBadCommands() {
        return maxBadCommands;
    }

    private static String localHostName() {
        try {
            return InetAddress.getLocalHost().getCanonicalHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
