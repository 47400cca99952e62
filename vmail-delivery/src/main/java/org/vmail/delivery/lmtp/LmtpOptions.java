package org.vmail.delivery.lmtp;

import static com.google.common.base.Preconditions.checkArgument;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmail.address.Domain;
import org.vmail.internal.Durations;
import org.vmail.net.Network;

/** What an LMTP server offers, and the bounds of a session. Immutable; each {@code with…} method returns a changed copy. */
public final class LmtpOptions {
    private static final LmtpOptions DEFAULTS = new LmtpOptions(new Values());

    private final Values values;

    /** Changed only before it is given to {@link LmtpOptions}. */
    private static final class Values implements Cloneable {
        private String hostName = localHostName();
        private Duration commandTimeout = Duration.ofMinutes(5);
        private Duration dataTimeout = Duration.ofMinutes(3);
        private Duration transactionTimeout = Duration.ofHours(1);
        private long maxMessageOctets = 64L << 20;
        private int memoryOctets = 64 * 1024;
        private Path spoolFolder = Path.of(System.getProperty("java.io.tmpdir"));
        private int maxRecipients = 1000;
        private int maxMessages = 10_000;
        private int maxLineOctets = 2048;
        private int maxBadCommands = 20;
        private boolean smtpUtf8 = true;
        private boolean dsn;
        private boolean chunking;
        private boolean binaryMime;
        private List<Network> xclientNetworks = List.of();
        private Optional<Domain> postmasterDomain = Optional.empty();

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private LmtpOptions(Values values) {
        this.values = values;
        Durations.checkPositive(values.commandTimeout, "The command timeout");
        Durations.checkPositive(values.dataTimeout, "The data timeout");
        Durations.checkPositive(values.transactionTimeout, "The transaction timeout");
        checkArgument(values.maxMessageOctets > 0, "The message size must be positive");
        checkArgument(values.memoryOctets >= 0, "The memory for a message must not be negative");
        checkArgument(
                values.maxRecipients >= 100, "A message must be allowed 100 recipients (RFC 5321, section 4.5.3.1.8)");
        checkArgument(values.maxMessages > 0, "The number of messages must be positive");
        checkArgument(
                values.maxLineOctets >= 512, "A command line must be allowed 512 octets (RFC 5321, section 4.5.3.1.4)");
        checkArgument(values.maxBadCommands > 0, "The number of bad commands must be positive");
        checkArgument(values.chunking || !values.binaryMime, "BINARYMIME needs CHUNKING (RFC 3030, section 3)");
    }

    private LmtpOptions with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new LmtpOptions(changed);
    }

    /**
     * The defaults: this machine's host name, 5 minutes for a command, 3 minutes of silence within a message, an hour for a
     * whole message, messages of 64 MiB, of which 64 KiB in memory and the rest in the system's folder for temporary files,
     * 1000 recipients, 10,000 messages in a session, command lines of 2048 octets, 20 bad commands. SMTPUTF8 is offered; DSN,
     * CHUNKING, BINARYMIME and XCLIENT are not.
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
        return with(values -> values.hostName = name);
    }

    /**
     * Sets how long a client may take to send a whole command (RFC 5321, section 4.5.3.2.7).
     *
     * @param timeout positive; default 5 minutes
     * @return the changed copy
     */
    public LmtpOptions withCommandTimeout(Duration timeout) {
        return with(values -> values.commandTimeout = timeout);
    }

    /**
     * Sets how long a client may be silent within a message.
     *
     * @param timeout positive; default 3 minutes
     * @return the changed copy
     */
    public LmtpOptions withDataTimeout(Duration timeout) {
        return with(values -> values.dataTimeout = timeout);
    }

    /**
     * Sets how long a client may take from MAIL to the last octet of the message, so that one that sends an octet now and then
     * does not hold a place for ever. What the server takes to deliver does not count.
     *
     * @param timeout positive; default 1 hour
     * @return the changed copy
     */
    public LmtpOptions withTransactionTimeout(Duration timeout) {
        return with(values -> values.transactionTimeout = timeout);
    }

    /**
     * Sets how large a message may be (SIZE, RFC 1870).
     *
     * @param octets at least 1; default 64 MiB
     * @return the changed copy
     */
    public LmtpOptions withMaxMessageOctets(long octets) {
        return with(values -> values.maxMessageOctets = octets);
    }

    /**
     * Sets how much of a message that is being received is held in memory; the rest goes to a file.
     *
     * @param octets zero or more; default 64 KiB
     * @return the changed copy
     */
    public LmtpOptions withMemoryOctets(int octets) {
        return with(values -> values.memoryOctets = octets);
    }

    /**
     * Sets where messages that do not fit into memory are held until they are delivered. The files have no names, so nothing
     * is left there if the server is killed.
     *
     * @param folder an existing folder; default: the system's for temporary files
     * @return the changed copy
     */
    public LmtpOptions withSpoolFolder(Path folder) {
        return with(values -> values.spoolFolder = folder);
    }

    /**
     * Sets how many recipients a message may have; further ones are told to come again.
     *
     * @param count at least 100 (RFC 5321, section 4.5.3.1.8); default 1000
     * @return the changed copy
     */
    public LmtpOptions withMaxRecipients(int count) {
        return with(values -> values.maxRecipients = count);
    }

    /**
     * Sets how many messages a session may bring; at the next MAIL the client is told to connect again.
     *
     * @param count at least 1; default 10,000
     * @return the changed copy
     */
    public LmtpOptions withMaxMessages(int count) {
        return with(values -> values.maxMessages = count);
    }

    /**
     * Sets how long a command line may be, with its CRLF.
     *
     * @param octets at least 512 (RFC 5321, section 4.5.3.1.4); default 2048
     * @return the changed copy
     */
    public LmtpOptions withMaxLineOctets(int octets) {
        return with(values -> values.maxLineOctets = octets);
    }

    /**
     * Sets how many commands that do not exist or are malformed a session may send, before the connection is closed. A message
     * that arrives sets the count back.
     *
     * @param count at least 1; default 20
     * @return the changed copy
     */
    public LmtpOptions withMaxBadCommands(int count) {
        return with(values -> values.maxBadCommands = count);
    }

    /**
     * Sets whether addresses and headers in UTF-8 are taken (SMTPUTF8, RFC 6531).
     *
     * @param offered default true
     * @return the changed copy
     */
    public LmtpOptions withSmtpUtf8(boolean offered) {
        return with(values -> values.smtpUtf8 = offered);
    }

    /**
     * Sets whether the parameters are taken by which a client asks for delivery reports (DSN, RFC 3461). They are checked and
     * logged, and that is all: an MTA that is told of DSN leaves reports of success to this server, which makes none, so this
     * is for clients that send the parameters in any case.
     *
     * @param offered default false
     * @return the changed copy
     */
    public LmtpOptions withDsn(boolean offered) {
        return with(values -> values.dsn = offered);
    }

    /**
     * Sets whether messages may come in counted chunks (CHUNKING, RFC 3030). Exim 4.96 is known to return messages to their
     * senders over LMTP with BDAT.
     *
     * @param offered default false
     * @return the changed copy
     */
    public LmtpOptions withChunking(boolean offered) {
        return with(values -> values.chunking = offered);
    }

    /**
     * Sets whether messages may be binary, without lines (BINARYMIME, RFC 3030). That is for delivery targets that keep every
     * octet: Maildir and mbox take each LF for the end of a line, and POP3 cannot transport such messages.
     *
     * @param offered default false; needs CHUNKING
     * @return the changed copy
     */
    public LmtpOptions withBinaryMime(boolean offered) {
        return with(values -> values.binaryMime = offered);
    }

    /**
     * Sets who may say for which client it speaks (Postfix's XCLIENT). Clients on a Unix socket are at the loopback address.
     *
     * @param networks where such clients are; default: nowhere, and there is no such command
     * @return the changed copy
     */
    public LmtpOptions withXclientNetworks(Collection<Network> networks) {
        List<Network> copy = List.copyOf(networks);
        return with(values -> values.xclientNetworks = copy);
    }

    /**
     * Sets whose postmaster gets mail for {@code <postmaster>} without a domain (RFC 5321, section 4.1.1.3).
     *
     * @param domain a domain with such an account or alias; default: none, and such a recipient is refused
     * @return the changed copy
     */
    public LmtpOptions withPostmasterDomain(Domain domain) {
        return with(values -> values.postmasterDomain = Optional.of(domain));
    }

    /**
     * The name that the server greets with.
     *
     * @return a host name
     */
    public String hostName() {
        return values.hostName;
    }

    /**
     * How long a client may take for a command.
     *
     * @return positive
     */
    public Duration commandTimeout() {
        return values.commandTimeout;
    }

    /**
     * How long a client may be silent within a message.
     *
     * @return positive
     */
    public Duration dataTimeout() {
        return values.dataTimeout;
    }

    /**
     * How long a client may take for a whole message.
     *
     * @return positive
     */
    public Duration transactionTimeout() {
        return values.transactionTimeout;
    }

    /**
     * How large a message may be.
     *
     * @return octets
     */
    public long maxMessageOctets() {
        return values.maxMessageOctets;
    }

    /**
     * How much of a message is held in memory.
     *
     * @return octets
     */
    public int memoryOctets() {
        return values.memoryOctets;
    }

    /**
     * Where the rest of a message is held.
     *
     * @return a folder
     */
    public Path spoolFolder() {
        return values.spoolFolder;
    }

    /**
     * How many recipients a message may have.
     *
     * @return at least 100
     */
    public int maxRecipients() {
        return values.maxRecipients;
    }

    /**
     * How many messages a session may bring.
     *
     * @return at least 1
     */
    public int maxMessages() {
        return values.maxMessages;
    }

    /**
     * How long a command line may be.
     *
     * @return octets
     */
    public int maxLineOctets() {
        return values.maxLineOctets;
    }

    /**
     * How many bad commands a session may send.
     *
     * @return at least 1
     */
    public int maxBadCommands() {
        return values.maxBadCommands;
    }

    /**
     * Whether UTF-8 is taken in addresses and headers.
     *
     * @return whether SMTPUTF8 is offered
     */
    public boolean smtpUtf8() {
        return values.smtpUtf8;
    }

    /**
     * Whether the parameters for delivery reports are taken.
     *
     * @return whether DSN is offered
     */
    public boolean dsn() {
        return values.dsn;
    }

    /**
     * Whether messages may come in chunks.
     *
     * @return whether CHUNKING is offered
     */
    public boolean chunking() {
        return values.chunking;
    }

    /**
     * Whether messages may be binary.
     *
     * @return whether BINARYMIME is offered
     */
    public boolean binaryMime() {
        return values.binaryMime;
    }

    /**
     * Who may say for which client it speaks.
     *
     * @return networks; empty if there is no XCLIENT
     */
    public List<Network> xclientNetworks() {
        return values.xclientNetworks;
    }

    /**
     * Whose postmaster gets mail for one without a domain.
     *
     * @return a domain, or empty if such mail is refused
     */
    public Optional<Domain> postmasterDomain() {
        return values.postmasterDomain;
    }

    private static String localHostName() {
        try {
            return InetAddress.getLocalHost().getCanonicalHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
