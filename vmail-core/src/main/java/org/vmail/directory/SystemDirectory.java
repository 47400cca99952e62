package org.vmail.directory;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Longs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.Durations;

/**
 * The users of this machine as the accounts of one domain: those of passwd(5), with the hashes of shadow(5).
 *
 * <p>Whose account or password has expired, by the days in shadow, exists and cannot log in: POP3 has no way to ask for a new
 * password. The same goes for a password that has to be changed at once. Where Debian 12 writes yescrypt hashes ({@code $y$}),
 * which vmail does not check, an {@code org.vmail.auth.PasswordVerifier} has to. Users whose names have capital letters,
 * which addresses do not tell apart, are left out. The aliases of the machine are its MTA's business.
 *
 * <p>Changed files are read again as by {@link FileDirectory}. Thread-safe; holds no open file and no thread.
 */
public final class SystemDirectory implements Directory {
    private static final Logger LOG = LoggerFactory.getLogger(SystemDirectory.class);
    private static final int PASSWD_FIELDS = 7;
    private static final int SHADOW_FIELDS = 9;
    private static final String IN_SHADOW = "x";

    /** An account, and the last day on which it can log in, in days since 1970. */
    private record User(Account account, SystemUser system, long lastDay) {}

    private record Shadow(PasswordHash hash, long lastDay) {}

    private final HostedDomain domain;
    private final Set<Domain> names;
    private final TextFile passwd;
    private final Optional<TextFile> shadow;
    private final long firstUserId;
    private final long lastUserId;
    private final Set<String> refusedShells;
    private final long checkIntervalNanos;
    private final LongSupplier nanoClock;
    private final Clock clock;
    private final KeptFiles<Map<MailAddress, User>> files;

    private SystemDirectory(Builder builder) {
        this.domain = builder.domain;
        this.names = ImmutableSet.<Domain>builder()
                .add(domain.name())
                .addAll(domain.aliases())
                .build();
        this.passwd = new TextFile(builder.passwd);
        this.shadow = builder.shadow.map(TextFile::new);
        this.firstUserId = builder.firstUserId;
        this.lastUserId = builder.lastUserId;
        this.refusedShells = builder.refusedShells;
        this.checkIntervalNanos = builder.checkInterval.toNanos();
        this.nanoClock = builder.nanoClock;
        this.clock = builder.clock;
        ImmutableSet.Builder<TextFile> both = ImmutableSet.<TextFile>builder().add(passwd);
        shadow.ifPresent(both::add);
        this.files = new KeptFiles<>(
                "The list of this system's users", both.build().asList(), this::read, nanoClock.getAsLong());
    }

    /**
     * Begins a directory of this machine's users.
     *
     * @param domain what they are the accounts of, usually the machine's main domain
     * @return a builder
     */
    public static Builder builder(HostedDomain domain) {
        return new Builder(domain);
    }

    @Override
    public Optional<HostedDomain> domain(Domain name) {
        return names.contains(name) ? Optional.of(domain) : Optional.empty();
    }

    @Override
    public Optional<Account> account(MailAddress address) throws IOException {
        return find(address).map(this::current);
    }

    /**
     * What passwd says of a user, beside the password.
     *
     * @param address of an account
     * @return the user, or empty if there is none
     * @throws IOException if that cannot be told now
     */
    public Optional<SystemUser> user(MailAddress address) throws IOException {
        return find(address).map(User::system);
    }

    private Optional<User> find(MailAddress address) throws IOException {
        if (!names.contains(address.domain())) {
            return Optional.empty();
        }
        MailAddress name = new MailAddress(address.localPart(), domain.name()).toLowerCase();
        Map<MailAddress, User> users = files.content(nanoClock.getAsLong(), checkIntervalNanos)
                .orElseThrow(() -> new IOException(passwd.path() + " is missing"));
        return Optional.ofNullable(users.get(name));
    }

    @Override
    public Optional<Alias> alias(MailAddress address) {
        return Optional.empty();
    }

    private Account current(User user) {
        long today = LocalDate.now(clock.withZone(ZoneOffset.UTC)).toEpochDay();
        return today <= user.lastDay()
                ? user.account()
                : new Account(user.account().address(), PasswordHash.locked());
    }

    private Optional<Map<MailAddress, User>> read() throws IOException {
        List<String> lines = passwd.lines();
        if (lines.isEmpty()) {
            return Optional.empty(); // no machine is without users, so this is not the file that was meant
        }
        Map<String, Shadow> shadows = shadow.isPresent() ? readShadow(shadow.get()) : Map.of();
        Map<MailAddress, User> users = new HashMap<>();
        for (String line : lines) {
            List<String> fields = Splitter.on(':').splitToList(line);
            if (fields.size() == PASSWD_FIELDS && isWanted(fields)) {
                user(fields, shadows)
                        .ifPresent(user -> users.putIfAbsent(user.account().address(), user));
            }
        }
        return Optional.of(Map.copyOf(users));
    }

    private boolean isWanted(List<String> fields) {
        Long id = Longs.tryParse(fields.get(2));
        return id != null && id >= firstUserId && id <= lastUserId && !refusedShells.contains(fields.get(6));
    }

    private Optional<User> user(List<String> fields, Map<String, Shadow> shadows) {
        String name = fields.get(0);
        Optional<MailAddress> address = address(name);
        if (address.isEmpty()) {
            LOG.warn("A user in {} has a name that cannot be an address, and is left out", passwd.path());
            return Optional.empty();
        }
        Shadow shadowed = fields.get(1).equals(IN_SHADOW)
                ? inShadow(name, shadows)
                : new Shadow(new PasswordHash(fields.get(1)), ShadowDays.NEVER);
        SystemUser system = new SystemUser(name, Long.parseLong(fields.get(2)), fields.get(5));
        return Optional.of(new User(new Account(address.get(), shadowed.hash()), system, shadowed.lastDay()));
    }

    private Shadow inShadow(String name, Map<String, Shadow> shadows) {
        if (shadow.isEmpty()) {
            return new Shadow(PasswordHash.elsewhere(), ShadowDays.NEVER);
        }
        return shadows.getOrDefault(name, new Shadow(PasswordHash.locked(), ShadowDays.NEVER));
    }

    private Optional<MailAddress> address(String name) {
        try {
            MailAddress address = new MailAddress(name, domain.name());
            return address.equals(address.toLowerCase()) ? Optional.of(address) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A missing file is an error, unlike in {@link FileDirectory}: without it nobody could log in. */
    private static Map<String, Shadow> readShadow(TextFile file) throws IOException {
        if (!file.exists()) {
            throw new IOException(file.path() + " is missing");
        }
        Map<String, Shadow> shadows = new HashMap<>();
        for (String line : file.lines()) {
            List<String> fields = Splitter.on(':').splitToList(line);
            if (fields.size() == SHADOW_FIELDS) {
                shadows.putIfAbsent(
                        fields.get(0), new Shadow(new PasswordHash(fields.get(1)), ShadowDays.lastDay(fields)));
            }
        }
        return shadows;
    }

    /** Collects what a {@link SystemDirectory} needs. Not thread-safe. */
    public static final class Builder {
        private final HostedDomain domain;
        private Path passwd = Path.of("/etc/passwd");
        private Optional<Path> shadow = Optional.of(Path.of("/etc/shadow"));
        private long firstUserId = 1000;
        private long lastUserId = 59_999;
        private ImmutableSet<String> refusedShells = ImmutableSet.of();
        private Duration checkInterval = Duration.ofSeconds(1);
        private LongSupplier nanoClock = System::nanoTime;
        private Clock clock = Clock.systemUTC();

        private Builder(HostedDomain domain) {
            this.domain = domain;
        }

        /**
         * Sets where the users are listed.
         *
         * @param file in the format of passwd(5); default {@code /etc/passwd}
         * @return this builder
         */
        public Builder passwd(Path file) {
            passwd = file;
            return this;
        }

        /**
         * Sets where the hashes are.
         *
         * @param file in the format of shadow(5); default {@code /etc/shadow}, which usually only root and the group shadow can
         *     read
         * @return this builder
         */
        public Builder shadow(Path file) {
            shadow = Optional.of(file);
            return this;
        }

        /**
         * Does without hashes: a {@code PasswordVerifier} knows them, and who is locked or has expired.
         *
         * @return this builder
         */
        public Builder withoutShadow() {
            shadow = Optional.empty();
            return this;
        }

        /**
         * Sets which users are people.
         *
         * @param first the lowest user id; default 1000, as in Debian
         * @param last the highest one; default 59999
         * @return this builder
         */
        public Builder userIds(long first, long last) {
            checkArgument(first >= 0 && first <= last, "The user ids are no range");
            firstUserId = first;
            lastUserId = last;
            return this;
        }

        /**
         * Sets whose shell says that they have no mail. Many who may not log in at a terminal have mail.
         *
         * @param shells such as {@code /bin/false}; default none
         * @return this builder
         */
        public Builder withoutShells(Collection<String> shells) {
            refusedShells = ImmutableSet.copyOf(shells);
            return this;
        }

        /**
         * Sets how often the files are looked at when they are asked for. A change counts after one to two intervals.
         *
         * @param interval positive; default 1 second
         * @return this builder
         */
        public Builder checkInterval(Duration interval) {
            Durations.checkPositive(interval, "The check interval");
            checkInterval = interval;
            return this;
        }

        Builder clocks(LongSupplier nanos, Clock wall) {
            nanoClock = nanos;
            clock = wall;
            return this;
        }

        /**
         * Builds the directory. The files are read when it is asked.
         *
         * @return the directory
         */
        public SystemDirectory build() {
            return new SystemDirectory(this);
        }
    }
}
