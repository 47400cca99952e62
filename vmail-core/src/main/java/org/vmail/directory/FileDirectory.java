package org.vmail.directory;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.Durations;

/**
 * A directory in Linuxconf's layout: one folder with a {@code passwd.DOMAIN} for every hosted domain, and if need be a
 * {@code shadow.DOMAIN} and an {@code aliases.DOMAIN}, and, beyond Linuxconf, an {@code accounts.DOMAIN} for what is unusual
 * about accounts ({@link AccountSettings}): lines such as {@code joe: disabled} and {@code ann: quota=500M forward=bob keep}.
 *
 * <p>Files that change are read again once they have been still for a check interval; a broken line is logged with its
 * file and number, and the other lines count. Whose line in {@code accounts.DOMAIN} is broken, or stands there twice, is
 * perhaps disabled, or gets no mail here: look-ups of such an account throw. When files can no longer be read, what they said before still counts; when
 * the folder is gone, as with a missing mount, look-ups throw after two check intervals at the latest. Domain aliases,
 * fallbacks and whatever else {@link HostedDomain} has are not in these files but in the settings given here.
 *
 * <p>Whose account or password has expired, by the days in shadow, cannot log in, and still gets mail; the same goes for a
 * password that has to be changed at once, and for a hash that begins with {@code !} or {@code *}. The full name of a user is
 * the fifth field of passwd, up to its first comma. Thread-safe; holds no open file and no thread.
 */
public final class FileDirectory implements Directory {
    private static final int MAX_DOMAINS_IN_MEMORY = 10_000;
    /** What strangers ask for may push these out, and costs them a look at the files each time. */
    private static final int MAX_ABSENT_IN_MEMORY = 1_000;

    private static final String PASSWD = "passwd.";
    /** File systems allow names of 255 octets, and "accounts." is the longest prefix. */
    private static final int LONGEST_DOMAIN = 255 - "accounts.".length();

    private final Path folder;
    private final DomainNames settings;
    private final Function<Domain, HostedDomain> defaults;
    private final long checkIntervalNanos;
    private final LongSupplier nanoClock;
    private final Clock clock;
    private final Cache<Domain, DomainFiles> files =
            CacheBuilder.newBuilder().maximumSize(MAX_DOMAINS_IN_MEMORY).build();
    /** When these domains, such as one that is served elsewhere, were found to have no files. */
    private final Cache<Domain, Long> absent =
            CacheBuilder.newBuilder().maximumSize(MAX_ABSENT_IN_MEMORY).build();

    private FileDirectory(Builder builder, DomainNames settings) {
        this.folder = builder.folder;
        this.settings = settings;
        this.defaults = builder.defaults;
        this.checkIntervalNanos = builder.checkInterval.toNanos();
        this.nanoClock = builder.nanoClock;
        this.clock = builder.clock;
    }

    /**
     * Begins a directory over a folder.
     *
     * @param folder where the files are
     * @return a builder
     */
    public static Builder builder(Path folder) {
        return new Builder(folder);
    }

    @Override
    public Optional<HostedDomain> domain(Domain name) throws IOException {
        return content(mainNameOf(name)).map(DomainFiles.Content::settings);
    }

    HostedDomain settings(Domain name) {
        return settings.find(name).orElseGet(() -> defaults.apply(name));
    }

    Domain mainNameOf(Domain name) {
        return settings.find(name).map(HostedDomain::name).orElse(name);
    }

    @Override
    public Optional<Account> account(MailAddress address) throws IOException {
        MailAddress name = canonical(address);
        Optional<DomainFiles.Content> content = content(name.domain());
        return content.isEmpty() ? Optional.empty() : account(content.get(), name);
    }

    @Override
    public Optional<Account> accountOfFullName(MailAddress address) throws IOException {
        MailAddress name = canonical(address);
        Optional<DomainFiles.Content> content = content(name.domain());
        Optional<MailAddress> user =
                content.flatMap(known -> Optional.ofNullable(known.fullNames().get(name)));
        return user.isEmpty() ? Optional.empty() : account(content.get(), user.get());
    }

    @Override
    public Optional<Alias> alias(MailAddress address) throws IOException {
        MailAddress name = canonical(address);
        Optional<DomainFiles.Content> content = content(name.domain());
        if (content.isEmpty()) {
            return Optional.empty();
        }
        Optional<Alias> alias = Optional.ofNullable(content.get().aliases().get(name));
        if (alias.isEmpty() && content.get().missing().isPresent()) {
            throw new IOException("The alias file " + content.get().missing().get() + " is missing");
        }
        return alias;
    }

    private Optional<Account> account(DomainFiles.Content content, MailAddress name) throws IOException {
        FileProblem unclear = content.unclear().get(name);
        if (unclear != null) {
            throw new IOException(unclear.toString());
        }
        long today = LocalDate.now(clock.withZone(ZoneOffset.UTC)).toEpochDay();
        return Optional.ofNullable(content.users().get(name)).map(user -> user.on(today));
    }

    /**
     * The domains that have files.
     *
     * @return their main names, in alphabetical order
     * @throws IOException if the folder cannot be read
     */
    public List<Domain> domains() throws IOException {
        TreeSet<Domain> domains = new TreeSet<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PASSWD + "*")) {
            for (Path file : found) {
                Domain.parse(file.getFileName().toString().substring(PASSWD.length()))
                        .filter(domain -> file.getFileName().toString().equals(PASSWD + domain))
                        .ifPresent(domains::add);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return List.copyOf(domains);
    }

    /**
     * The accounts of a domain.
     *
     * @param domain any of its names
     * @return their addresses, in alphabetical order; none if it is not hosted here
     * @throws IOException if its files cannot be read
     */
    public List<MailAddress> users(Domain domain) throws IOException {
        return content(mainNameOf(domain)).stream()
                .flatMap(content -> content.users().keySet().stream())
                .sorted(Comparator.comparing(MailAddress::localPart))
                .toList();
    }

    /**
     * The aliases of a domain, in its own alias file and in further ones.
     *
     * @param domain any of its names
     * @return the aliases, in alphabetical order; none if it is not hosted here
     * @throws IOException if its files cannot be read
     */
    public List<Alias> aliases(Domain domain) throws IOException {
        return content(mainNameOf(domain)).stream()
                .flatMap(content -> content.aliases().values().stream())
                .sorted(Comparator.comparing(alias -> alias.address().localPart()))
                .toList();
    }

    /**
     * Changes these files.
     *
     * @return an editor that knows the settings of this directory
     */
    public FileDirectoryEditor editor() {
        return FileDirectoryEditor.of(this, folder, clock);
    }

    /**
     * Reads everything, and says which lines and settings cannot be used.
     *
     * @return the problems, domain by domain; empty if all is well
     * @throws IOException if the folder or a file cannot be read
     */
    public List<FileProblem> problems() throws IOException {
        List<Domain> domains = domains();
        List<FileProblem> problems = new ArrayList<>();
        for (Domain domain : domains) {
            content(domain).ifPresent(content -> problems.addAll(content.problems()));
            HazardousNames.original(domain)
                    .filter(domains::contains)
                    .ifPresent(original -> problems.add(new FileProblem(
                            folder.resolve(PASSWD + domain), 0, "this looks like a copy of " + PASSWD + original)));
        }
        for (HostedDomain domain : settings.all()) {
            if (!domains.contains(domain.name())) {
                Path missing = folder.resolve(PASSWD + domain.name());
                problems.add(new FileProblem(missing, 0, "there are settings for this domain, but no such file"));
            }
        }
        return problems;
    }

    private Optional<DomainFiles.Content> content(Domain domain) throws IOException {
        if (domain.name().length() > LONGEST_DOMAIN) {
            return Optional.empty();
        }
        long now = nanoClock.getAsLong();
        if (isStillAbsent(domain, now)) {
            return Optional.empty();
        }
        DomainFiles known = files.getIfPresent(domain);
        DomainFiles asked = known == null ? new DomainFiles(settings(domain), folder, now) : known;
        Optional<DomainFiles.Content> content = asked.content(now, checkIntervalNanos);
        if (content.isEmpty() && !hasDomains()) {
            throw new IOException(
                    "The directory folder " + folder + " is missing or empty; is its file system mounted?");
        }
        if (known == null && content.isPresent()) {
            files.put(domain, asked); // only what exists takes up much memory, not what strangers ask for
        } else if (content.isEmpty()) {
            absent.put(domain, now);
        }
        return content;
    }

    /** A domain of another server is asked for at each of its logins, and one look at one file has to be enough for that. */
    private boolean isStillAbsent(Domain domain, long now) {
        Long found = absent.getIfPresent(domain);
        return found != null
                && now - found < checkIntervalNanos
                && !folder.resolve(PASSWD + domain).toFile().exists(); // unlike Files it makes no exception
    }

    /** An unmounted file system leaves an empty folder, in which nobody exists: that must not be told to anybody. */
    private boolean hasDomains() throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PASSWD + "*")) {
            return found.iterator().hasNext();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private MailAddress canonical(MailAddress address) {
        return new MailAddress(address.localPart(), mainNameOf(address.domain())).toLowerCase();
    }

    /** Collects what a {@link FileDirectory} needs. Not thread-safe. */
    public static final class Builder {
        private final Path folder;
        private final List<HostedDomain> settings = new ArrayList<>();
        private Function<Domain, HostedDomain> defaults = HostedDomain::of;
        private Duration checkInterval = Duration.ofSeconds(1);
        private LongSupplier nanoClock = System::nanoTime;
        private Clock clock = Clock.systemUTC();

        private Builder(Path folder) {
            this.folder = folder;
        }

        /**
         * Adds the settings of a domain: its aliases, its fallback and so on. A domain without settings needs no call.
         *
         * @param domain the settings
         * @return this builder
         */
        public Builder domain(HostedDomain domain) {
            settings.add(domain);
            return this;
        }

        /**
         * Sets what holds for domains without settings of their own. Asked for any name, also of domains that
         * are not hosted, and from several threads.
         *
         * @param settings makes those of a domain, with its name and no alias; default {@link HostedDomain#of}
         * @return this builder
         */
        public Builder defaults(Function<Domain, HostedDomain> settings) {
            defaults = settings;
            return this;
        }

        /**
         * Sets how often files that are asked for are looked at. A change counts after one to two intervals.
         *
         * @param interval positive; default 1 second
         * @return this builder
         */
        public Builder checkInterval(Duration interval) {
            Durations.checkPositive(interval, "The check interval");
            checkInterval = interval;
            return this;
        }

        Builder nanoClock(LongSupplier clock) {
            nanoClock = clock;
            return this;
        }

        Builder clock(Clock wall) {
            clock = wall;
            return this;
        }

        /**
         * Builds the directory.
         *
         * @return the directory
         * @throws IOException if the folder cannot be read
         * @throws IllegalArgumentException if two domains have the same name
         */
        public FileDirectory build() throws IOException {
            if (!Files.isReadable(folder) || !Files.isDirectory(folder)) {
                throw new IOException("The directory folder " + folder + " is missing or cannot be read");
            }
            return new FileDirectory(this, DomainNames.of(settings));
        }
    }
}
