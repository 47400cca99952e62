package org.vmail.directory.jdbc;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.vmail.address.Domain;
import org.vmail.directory.HostedDomain;
import org.vmail.internal.Durations;

/** What a {@link JdbcDirectory} asks, how long it remembers, and its bounds. Immutable; each {@code with…} method returns a changed copy. */
public final class JdbcOptions {
    private static final JdbcOptions DEFAULTS = new JdbcOptions(new Values());

    private final Values values;

    /** Changed only before it is given to {@link JdbcOptions}. */
    private static final class Values implements Cloneable {
        private JdbcQueries queries = JdbcQueries.tutorial();
        private ImmutableList<HostedDomain> domains = ImmutableList.of();
        private Function<Domain, HostedDomain> domainDefaults = HostedDomain::of;
        private Duration freshFor = Duration.ofSeconds(10);
        private Duration absentFor = Duration.ofSeconds(2);
        private Duration lastGoodFor = Duration.ofMinutes(5);
        private int remembered = 10_000;
        private int rememberedAbsent = 10_000;
        private Duration timeout = Duration.ofSeconds(5);
        private int maxConcurrentLookUps = 8;
        private int maxTargets = 1000;
        private LongSupplier nanoClock = System::nanoTime;

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private JdbcOptions(Values values) {
        this.values = values;
    }

    private JdbcOptions with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new JdbcOptions(changed);
    }

    /**
     * The defaults.
     *
     * @return as the methods of this class say
     */
    public static JdbcOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets what the database is asked.
     *
     * @param all default {@link JdbcQueries#tutorial()}
     * @return the changed copy
     */
    public JdbcOptions withQueries(JdbcQueries all) {
        return with(values -> values.queries = all);
    }

    /**
     * Sets what domains have that is not in the database: filters, commands, patterns, further aliases. Such a domain is hosted
     * only if the database has it. Where both say something, the database counts; the aliases of both do.
     *
     * @param settings default none
     * @return the changed copy
     * @throws IllegalArgumentException if two domains have the same name
     */
    public JdbcOptions withDomains(Collection<HostedDomain> settings) {
        long names = settings.stream()
                .mapToLong(domain -> 1L + domain.aliases().size())
                .sum();
        long distinct = settings.stream()
                .flatMap(domain -> ImmutableList.builder().add(domain.name()).addAll(domain.aliases()).build().stream())
                .distinct()
                .count();
        checkArgument(names == distinct, "Two domains have the same name");
        return with(values -> values.domains = ImmutableList.copyOf(settings));
    }

    /**
     * Sets what the domains have that {@link #withDomains} says nothing of, where the database says nothing either.
     *
     * @param defaults gives settings for the name of a domain, under that name; asked by any thread, for each look-up; default
     *     {@link HostedDomain#of}
     * @return the changed copy
     */
    public JdbcOptions withDomainDefaults(Function<Domain, HostedDomain> defaults) {
        return with(values -> values.domainDefaults = defaults);
    }

    /**
     * Sets how old an answer may be: after that time a change counts, such as that of a password, or that an account was
     * removed.
     *
     * @param time zero to ask each time; default 10 seconds, at most 365 days
     * @return the changed copy
     */
    public JdbcOptions withFreshFor(Duration time) {
        checkTime(time, "The time that an answer is fresh");
        return with(values -> values.freshFor = time);
    }

    /**
     * Sets how old the answer may be that there is no such thing: after that time a new account or alias counts.
     *
     * @param time zero to ask each time; default 2 seconds, at most 365 days
     * @return the changed copy
     */
    public JdbcOptions withAbsentFor(Duration time) {
        checkTime(time, "The time that an absence is remembered");
        return with(values -> values.absentFor = time);
    }

    /**
     * Sets how much longer the last good answer counts while the database fails. Users who were there lately can log in then, also
     * one whose password was changed or who was removed in that time. That there is no such thing is never answered so: mail
     * waits.
     *
     * @param time zero for never; default 5 minutes, at most 365 days
     * @return the changed copy
     */
    public JdbcOptions withLastGoodFor(Duration time) {
        checkTime(time, "The time that the last good answer counts");
        return with(values -> values.lastGoodFor = time);
    }

    /**
     * Sets how many answers are remembered, of domains, accounts and aliases each.
     *
     * @param count zero or more; default 10 000, some 5 MB in all
     * @return the changed copy
     */
    public JdbcOptions withRemembered(int count) {
        checkArgument(count >= 0, "The number of remembered answers must not be negative");
        return with(values -> values.remembered = count);
    }

    /**
     * Sets how many names are remembered as such that nobody has, of domains, accounts and aliases each. Strangers may ask for
     * any number; they push out only one another.
     *
     * @param count zero or more; default 10 000
     * @return the changed copy
     */
    public JdbcOptions withRememberedAbsent(int count) {
        checkArgument(count >= 0, "The number of remembered absences must not be negative");
        return with(values -> values.rememberedAbsent = count);
    }

    /**
     * Sets how long a look-up waits for its turn, and how long each of its queries may take after that; a second later
     * its connection is given up, if the driver can do that ({@link java.sql.Connection#setNetworkTimeout}). How long it
     * may take to get a connection is for the {@code DataSource} to say.
     *
     * @param time positive; default 5 seconds, at most 365 days; drivers count whole seconds
     * @return the changed copy
     */
    public JdbcOptions withTimeout(Duration time) {
        Durations.checkPositive(time, "The time limit of queries");
        return with(values -> values.timeout = time);
    }

    /**
     * Sets how many queries run at a time, each with a connection of its own; others wait.
     *
     * @param count positive, and not more than the pool has connections; default 8
     * @return the changed copy
     */
    public JdbcOptions withMaxConcurrentLookUps(int count) {
        checkArgument(count > 0, "The number of concurrent look-ups must be positive");
        return with(values -> values.maxConcurrentLookUps = count);
    }

    /**
     * Sets how many targets an alias and aliases a domain may have, and rows an answer. More are a failure, as is an answer of more
     * than half a million characters.
     *
     * @param count positive; default 1000
     * @return the changed copy
     */
    public JdbcOptions withMaxTargets(int count) {
        checkArgument(count > 0 && count < Integer.MAX_VALUE, "The number of targets must be positive");
        return with(values -> values.maxTargets = count);
    }

    JdbcOptions withNanoClock(LongSupplier clock) {
        return with(values -> values.nanoClock = clock);
    }

    private static void checkTime(Duration time, String what) {
        checkArgument(!time.isNegative(), "%s must not be negative", what);
        Durations.checkBounded(time, what);
    }

    JdbcQueries queries() {
        return values.queries;
    }

    List<HostedDomain> domains() {
        return values.domains;
    }

    Function<Domain, HostedDomain> domainDefaults() {
        return values.domainDefaults;
    }

    Duration freshFor() {
        return values.freshFor;
    }

    Duration absentFor() {
        return values.absentFor;
    }

    Duration lastGoodFor() {
        return values.lastGoodFor;
    }

    int remembered() {
        return values.remembered;
    }

    int rememberedAbsent() {
        return values.rememberedAbsent;
    }

    Duration timeout() {
        return values.timeout;
    }

    int maxConcurrentLookUps() {
        return values.maxConcurrentLookUps;
    }

    int maxTargets() {
        return values.maxTargets;
    }

    LongSupplier nanoClock() {
        return values.nanoClock;
    }
}
