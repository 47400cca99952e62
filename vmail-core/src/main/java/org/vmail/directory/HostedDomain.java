package org.vmail.directory;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** A domain that is hosted here, and its settings. Immutable; each {@code with…} method returns a changed copy. */
public final class HostedDomain {
    private static final CharMatcher DELIMITERS = CharMatcher.anyOf("!#$%&'*+-=?^_`{|}~.");

    private final Domain name;
    private final Values values;

    /** Changed only before it is given to {@link HostedDomain}. */
    private static final class Values implements Cloneable {
        private ImmutableSet<Domain> aliases = ImmutableSet.of();
        private Optional<Fallback> fallback = Optional.empty();
        private ImmutableList<Path> aliasFiles = ImmutableList.of();
        private ImmutableList<AliasPattern> aliasPatterns = ImmutableList.of();
        private boolean fullNames;
        private String subaddressDelimiters = "+";
        private boolean commands;
        private Optional<CommandLine> filter = Optional.empty();
        private Quota defaultQuota = Quota.UNLIMITED;
        private OverQuotaReply overQuotaReply = OverQuotaReply.TEMPORARY;
        private OptionalInt maxAccounts = OptionalInt.empty();
        private boolean autoResponses = true;

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private HostedDomain(Domain name, Values values) {
        this.name = name;
        this.values = values;
        checkArgument(
                DELIMITERS.matchesAllOf(values.subaddressDelimiters),
                "A subaddress delimiter is a character that needs no quotes, and no letter or digit");
        checkArgument(
                values.filter.isEmpty() || !values.filter.get().uses('u'),
                "A filter runs once for each message and domain, and so has no %u");
        checkArgument(values.maxAccounts.orElse(1) > 0, "The number of accounts must be positive");
        checkArgument(
                values.aliasFiles.stream().allMatch(Path::isAbsolute), "A further alias file needs an absolute path");
    }

    private HostedDomain with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new HostedDomain(name, changed);
    }

    /**
     * A domain with the default settings: no other name, no fallback.
     *
     * @param name its main name
     * @return the domain
     */
    public static HostedDomain of(Domain name) {
        return new HostedDomain(name, new Values());
    }

    /**
     * Sets further names for the same users.
     *
     * @param names alias domains; default none
     * @return the changed copy
     */
    public HostedDomain withAliases(Collection<Domain> names) {
        return with(values -> values.aliases = ImmutableSet.copyOf(names));
    }

    /**
     * Sets where mail for unknown names goes.
     *
     * @param catchAll default none, and such mail is refused
     * @return the changed copy
     */
    public HostedDomain withFallback(Fallback catchAll) {
        return with(values -> values.fallback = Optional.of(catchAll));
    }

    /**
     * Sets where aliases stand beside the domain's own alias file, which counts before all of these. The first file that has a
     * name counts. Several domains may share a file: names without a domain are those of each. Only a {@link FileDirectory}
     * reads them. While one is missing, mail waits for all whom the others do not have as an alias, for nobody knows who is.
     *
     * @param files absolute paths, in their order; default none
     * @return the changed copy
     */
    public HostedDomain withAliasFiles(Collection<Path> files) {
        return with(values -> values.aliasFiles = ImmutableList.copyOf(files));
    }

    /**
     * Sets aliases for names that match an expression, for names that nobody has; the first that matches counts.
     *
     * @param patterns in their order; default none
     * @return the changed copy
     */
    public HostedDomain withAliasPatterns(Collection<AliasPattern> patterns) {
        return with(values -> values.aliasPatterns = ImmutableList.copyOf(patterns));
    }

    /**
     * Sets whether users receive mail under their full names as well, with dots for spaces: {@code Joe Who} as
     * {@code joe.who}. A name that two users have is nobody's.
     *
     * @param known default false
     * @return the changed copy
     */
    public HostedDomain withFullNames(boolean known) {
        return with(values -> values.fullNames = known);
    }

    /**
     * Sets what separates a name from a detail that its user invents (RFC 5233): {@code joe+lists} is Joe. The name ends at the
     * first of these characters. A name that exists as a whole comes first.
     *
     * @param delimiters one or several characters; empty for none; default {@code +}
     * @return the changed copy
     * @throws IllegalArgumentException if one is a letter or digit, or cannot stand in an address without quotes
     */
    public HostedDomain withSubaddressDelimiters(String delimiters) {
        return with(values -> values.subaddressDelimiters = delimiters);
    }

    /**
     * Sets whether aliases may name files, and aliases and the fallback commands: both have the rights of this process. Mail
     * for one that does waits otherwise.
     *
     * @param allowed default false
     * @return the changed copy
     */
    public HostedDomain withCommands(boolean allowed) {
        return with(values -> values.commands = allowed);
    }

    /**
     * Sets a program that every message for the domain passes before it is delivered: it has the message on its standard input
     * and writes what is to be delivered to its standard output, or nothing if that is nothing. If it fails, the mail waits.
     *
     * @param program default none; may have the tokens {@code %d} and {@code %f}
     * @return the changed copy
     * @throws IllegalArgumentException if it has the token {@code %u}
     */
    public HostedDomain withFilter(CommandLine program) {
        return with(values -> values.filter = Optional.of(program));
    }

    /**
     * Sets how much a mailbox may hold whose account has no quota of its own.
     *
     * @param quota default unlimited
     * @return the changed copy
     */
    public HostedDomain withDefaultQuota(Quota quota) {
        return with(values -> values.defaultQuota = quota);
    }

    /**
     * Sets what the sender is told when a mailbox is full.
     *
     * @param reply default temporary
     * @return the changed copy
     */
    public HostedDomain withOverQuotaReply(OverQuotaReply reply) {
        return with(values -> values.overQuotaReply = reply);
    }

    /**
     * Sets how many accounts may be made. Those that exist are not counted when mail comes.
     *
     * @param count positive; default without limit
     * @return the changed copy
     */
    public HostedDomain withMaxAccounts(int count) {
        return with(values -> values.maxAccounts = OptionalInt.of(count));
    }

    /**
     * Sets whether mail may be answered automatically for its users: vacation messages and auto-responders.
     *
     * @param allowed default true
     * @return the changed copy
     */
    public HostedDomain withAutoResponses(boolean allowed) {
        return with(values -> values.autoResponses = allowed);
    }

    /**
     * The name that its accounts are kept under.
     *
     * @return the main name
     */
    public Domain name() {
        return name;
    }

    /**
     * Its other names.
     *
     * @return the alias domains
     */
    public Set<Domain> aliases() {
        return values.aliases;
    }

    /**
     * Where mail for unknown names goes.
     *
     * @return the fallback, or empty if such mail is refused
     */
    public Optional<Fallback> fallback() {
        return values.fallback;
    }

    /**
     * Where further aliases stand.
     *
     * @return absolute paths, in their order
     */
    public List<Path> aliasFiles() {
        return values.aliasFiles;
    }

    /**
     * Aliases for names that match.
     *
     * @return the patterns, in their order
     */
    public List<AliasPattern> aliasPatterns() {
        return values.aliasPatterns;
    }

    /**
     * Whether users receive mail under their full names.
     *
     * @return whether full names are looked up
     */
    public boolean fullNames() {
        return values.fullNames;
    }

    /**
     * What ends a name before a detail.
     *
     * @return the delimiters; empty for none
     */
    public String subaddressDelimiters() {
        return values.subaddressDelimiters;
    }

    /**
     * The address that a detail was added to.
     *
     * @param address in this domain, under any of its names
     * @return what stands before the first delimiter, under the main name; empty if there is no delimiter, or nothing before it
     */
    public Optional<MailAddress> withoutDetail(MailAddress address) {
        String localPart = address.localPart();
        int at = CharMatcher.anyOf(values.subaddressDelimiters).indexIn(localPart);
        if (at < 1) {
            return Optional.empty();
        }
        try {
            return Optional.of(new MailAddress(localPart.substring(0, at), name));
        } catch (IllegalArgumentException endsInASpace) {
            return Optional.empty();
        }
    }

    /**
     * Whether aliases and the fallback may name commands and files.
     *
     * @return whether they may
     */
    public boolean commands() {
        return values.commands;
    }

    /**
     * The program that every message passes.
     *
     * @return the filter, or empty if there is none
     */
    public Optional<CommandLine> filter() {
        return values.filter;
    }

    /**
     * How much a mailbox may hold.
     *
     * @return the quota of accounts that have none of their own
     */
    public Quota defaultQuota() {
        return values.defaultQuota;
    }

    /**
     * What the sender is told when a mailbox is full.
     *
     * @return the kind of reply
     */
    public OverQuotaReply overQuotaReply() {
        return values.overQuotaReply;
    }

    /**
     * How many accounts may be made.
     *
     * @return the limit, or empty if there is none
     */
    public OptionalInt maxAccounts() {
        return values.maxAccounts;
    }

    /**
     * Whether mail may be answered automatically.
     *
     * @return whether it may
     */
    public boolean autoResponses() {
        return values.autoResponses;
    }
}
