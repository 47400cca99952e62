package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.auth.PasswordHasher;
import org.vmail.directory.Account;
import org.vmail.directory.AccountSettings;
import org.vmail.directory.FileDirectoryEditor;
import org.vmail.directory.Forward;
import org.vmail.directory.PasswordHash;
import org.vmail.directory.Quota;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds, lists, changes and removes users in the files of the directory. */
@Command(
        name = "user",
        description = "Adds, lists, changes and removes users. A running server takes it up.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class UserCommand {
    /** What can be said about an account; what is not said stays. */
    static final class Unusual {
        @Option(names = "--disable", description = "switch the account off: no login, and mail is refused")
        private boolean disable;

        @Option(names = "--enable", description = "switch it on again")
        private boolean enable;

        @Option(
                names = "--quota",
                paramLabel = "SIZE[,MESSAGES]",
                description = "such as 500M or 1G,10000; default: the usual of the domain")
        private Optional<String> quota = Optional.empty();

        @Option(
                names = "--forward",
                paramLabel = "ADDRESS",
                description = "where mail goes; may be given several times; none: it stays here")
        private List<String> forward = List.of();

        @Option(names = "--keep", description = "with --forward: the mailbox gets the mail, too")
        private boolean keep;

        AccountSettings on(AccountSettings before, Domain own) {
            if (disable && enable) {
                throw new IllegalArgumentException("--disable and --enable contradict each other");
            }
            if (keep && forward.isEmpty()) {
                throw new IllegalArgumentException("--keep needs --forward");
            }
            boolean disabled = disable || (before.disabled() && !enable);
            return new AccountSettings(disabled, quota(before), forward(before, own));
        }

        private Optional<Quota> quota(AccountSettings before) {
            return quota.isEmpty()
                    ? before.quota()
                    : quota.filter(text -> !text.equals("default")).map(AccountSettings::quota);
        }

        private Optional<Forward> forward(AccountSettings before, Domain own) {
            if (forward.isEmpty()) {
                return before.forward();
            }
            return forward.equals(List.of("none"))
                    ? Optional.empty()
                    : Optional.of(new Forward(
                            forward.stream().map(text -> address(text, own)).toList(), keep));
        }

        private static MailAddress address(String text, Domain own) {
            return MailAddress.of(text.contains("@") ? text : text + "@" + own);
        }
    }

    /** How a password is hashed. */
    static final class Hashing {
        private static final int SCRAM_ITERATIONS = 4096;

        @Mixin
        private PasswordInput input = new PasswordInput();

        @Option(
                names = "--cost",
                paramLabel = "N",
                description = "4 to 16; each step doubles the time (default ${DEFAULT-VALUE})")
        private int cost = PasswordHasher.STANDARD_COST;

        @Option(names = "--scram", description = "keep SCRAM-SHA-256 keys instead of a bcrypt hash")
        private boolean scram;

        PasswordHash hash() throws IOException {
            PasswordHasher hasher = PasswordHasher.withCost(cost);
            return scram ? hasher.scramSha256(input.read(), SCRAM_ITERATIONS) : hasher.hash(input.read());
        }
    }

    @Command(name = "add", description = "Adds a user, and asks for the password.", mixinStandardHelpOptions = true)
    int add(
            @Mixin ConfigOption config,
            @Mixin Hashing password,
            @Mixin Unusual unusual,
            @Option(names = "--name", paramLabel = "NAME", defaultValue = "", description = "the user's full name")
                    String name,
            @Option(names = "--locked", description = "without a password, so that nobody can log in") boolean locked,
            @Option(names = "--with-mail", description = "let the user have the mail that is there already")
                    boolean withMail,
            @Parameters(paramLabel = "ADDRESS") String text)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            MailAddress address = administration.account(text);
            List<Path> mail = administration.archive().of(address);
            if (!withMail && !mail.isEmpty() && !exists(administration, address)) {
                return Administration.refused(mail.get(0) + " is there already; 'user remove' moves it into an archive,"
                        + " and with --with-mail the new user gets it");
            }
            AccountSettings settings = unusual.on(AccountSettings.NONE, address.domain());
            PasswordHash hash = locked || settings.disabled() ? PasswordHash.locked() : password.hash();
            return Administration.told(
                    administration.editor().addUser(account(address, hash, name, settings)), address + " is a user");
        });
    }

    private static Account account(MailAddress address, PasswordHash hash, String name, AccountSettings settings) {
        Account account = new Account(address, hash).withFullName(name);
        account = settings.quota().map(account::withQuota).orElse(account);
        account = settings.forward().map(account::withForward).orElse(account);
        return settings.disabled() ? account.whenDisabled() : account;
    }

    private static boolean exists(Administration administration, MailAddress address) throws IOException {
        return administration.directory().users(address.domain()).contains(address);
    }

    @Command(name = "list", description = "Prints the users of a domain.", mixinStandardHelpOptions = true)
    int list(@Mixin ConfigOption config, @Parameters(paramLabel = "DOMAIN") String name)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            Domain domain = Domain.of(name);
            if (administration.directory().domain(domain).isEmpty()) {
                return Administration.refused("there is no domain " + domain);
            }
            for (MailAddress user : administration.directory().users(domain)) {
                System.out.println(line(administration, user));
            }
            return Sysexits.OK;
        });
    }

    private static String line(Administration administration, MailAddress user) {
        try {
            Account account = administration.directory().account(user).orElseThrow();
            AccountSettings settings = new AccountSettings(account.disabled(), account.quota(), account.forward());
            String locked = !account.disabled() && account.passwordHash().isLocked() ? " (cannot log in)" : "";
            return (user + " " + account.fullName().map(full -> full + " ").orElse("") + settings).strip() + locked;
        } catch (IOException unclear) {
            return user + " (unclear: " + unclear.getMessage() + ")";
        }
    }

    @Command(
            name = "remove",
            description = "Removes a user. His lines and his mail are kept in archives.",
            mixinStandardHelpOptions = true)
    int remove(
            @Mixin ConfigOption config,
            @Option(names = "--wait", paramLabel = "TIME", description = "for a running server (default 3s)")
                    Optional<String> wait,
            @Parameters(paramLabel = "ADDRESS") String text)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            MailAddress address = administration.account(text);
            FileDirectoryEditor.Result result = administration.editor().removeUser(address);
            boolean onlyMail = result.refusal().isPresent()
                    && !exists(administration, address)
                    && !administration.archive().of(address).isEmpty();
            int status = onlyMail ? Sysexits.OK : Administration.told(result, address + " is no longer a user");
            return status == Sysexits.OK
                    ? archived(
                            administration,
                            address.toString(),
                            wait,
                            () -> administration.archive().of(address))
                    : status;
        });
    }

    /** What is to be archived. */
    @FunctionalInterface
    interface Remains {
        List<Path> find() throws IOException;
    }

    /** Moves away what is left, once no server delivers or reads there any more. */
    static int archived(Administration administration, String name, Optional<String> wait, Remains remains)
            throws IOException {
        if (remains.find().isEmpty()) {
            return Sysexits.OK;
        }
        Administration.takenUp(wait);
        for (Path archive : administration.archive().move(name.replace("/", "_"), remains.find())) {
            System.out.println("the mail is in " + archive);
        }
        return Sysexits.OK;
    }

    @Command(name = "password", description = "Asks for a new password, and sets it.", mixinStandardHelpOptions = true)
    int password(@Mixin ConfigOption config, @Mixin Hashing password, @Parameters(paramLabel = "ADDRESS") String text)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            MailAddress address = administration.account(text);
            if (!exists(administration, address)) {
                return Administration.refused("there is no user " + address);
            }
            return Administration.told(
                    administration.editor().setPassword(address, password.hash()),
                    "the password of " + address + " is changed");
        });
    }

    @Command(
            name = "set",
            description = "Changes what is unusual about a user; --quota default and --forward none take it back.",
            mixinStandardHelpOptions = true)
    int set(@Mixin ConfigOption config, @Mixin Unusual unusual, @Parameters(paramLabel = "ADDRESS") String text)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            MailAddress address = administration.account(text);
            return Administration.told(
                    administration.editor().setSettings(address, before -> unusual.on(before, address.domain())),
                    address + " is changed");
        });
    }
}
