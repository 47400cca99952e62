package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.auth.Password;
import org.vmail.delivery.relay.SenderRewriting;
import org.vmail.delivery.relay.SendmailRelay;
import org.vmail.delivery.relay.SmartHost;
import org.vmail.delivery.relay.SpoolOptions;
import org.vmail.net.TlsTrust;

/** The table relay: who takes mail for members elsewhere, and answers. One of spool and sendmail is there. */
record RelaySettings(
        Optional<Spool> spool, List<String> sendmail, Duration sendmailTimeout, Optional<Rewriting> rewriting) {
    private static final Set<String> BESIDE_SENDMAIL =
            Set.of("sendmail", "sendmail-timeout", "sender-rewriting-domain", "sender-rewriting-secret-file");

    record Spool(Path folder, SmartHost host, SpoolOptions options) {}

    record Rewriting(Domain domain, Path secretFile) {
        SenderRewriting make() throws IOException {
            return SenderRewriting.of(domain, SecretFile.readOrMake(secretFile));
        }
    }

    /** How the connection to the smart host is protected. */
    private enum Encryption {
        NONE,
        IF_OFFERED,
        STARTTLS,
        TLS
    }

    static Optional<RelaySettings> read(SettingsTable table) throws SettingsException {
        if (!table.isPresent()) {
            return Optional.empty();
        }
        List<String> sendmail = table.texts("sendmail", word -> word);
        Duration timeout = table.duration("sendmail-timeout", Duration.ofMinutes(2), limit -> {
            SendmailRelay.system().withTimeout(limit);
            return limit;
        });
        Optional<Path> folder = table.text("spool-folder", SettingsTable::pathOf);
        if (sendmail.isEmpty() && folder.isEmpty()) {
            throw table.problem("spool-folder", "is missing, and so is relay.sendmail: one of them is needed");
        }
        if (!sendmail.isEmpty()) {
            table.meaning("sendmail", sendmail, SendmailRelay::of);
            for (String key : table.keys()) {
                if (!BESIDE_SENDMAIL.contains(key)) {
                    throw table.problem(key, "cannot stand beside sendmail, which has a queue of its own");
                }
            }
        }
        Optional<Spool> spool = folder.isPresent()
                ? Optional.of(new Spool(folder.get(), host(table), options(table)))
                : Optional.empty();
        RelaySettings settings = new RelaySettings(spool, sendmail, timeout, rewriting(table));
        table.allAsked();
        return Optional.of(settings);
    }

    private static Optional<Rewriting> rewriting(SettingsTable table) throws SettingsException {
        Optional<Domain> domain = table.text("sender-rewriting-domain", Domain::of);
        Optional<Path> secret = table.text("sender-rewriting-secret-file", SettingsTable::pathOf);
        if (domain.isPresent() && secret.isEmpty()) {
            throw table.problem("sender-rewriting-domain", "needs sender-rewriting-secret-file");
        }
        if (secret.isPresent() && domain.isEmpty()) {
            throw table.problem("sender-rewriting-secret-file", "needs sender-rewriting-domain");
        }
        return domain.map(name -> new Rewriting(name, secret.orElseThrow()));
    }

    private static SpoolOptions options(SettingsTable table) throws SettingsException {
        SpoolOptions options = SpoolOptions.defaults();
        options = table.text("our-name", options::withHostName).orElse(options);
        options = table.number("max-messages", options, SettingsFile.count(options::withMaxMessages));
        options = table.number("max-octets", options, options::withMaxOctets);
        options = table.number("max-transfers", options, SettingsFile.count(options::withMaxTransfers));
        options = table.number("max-recipients", options, SettingsFile.count(options::withMaxRecipients));
        Duration shortest = table.duration("min-retry-interval", Duration.ofMinutes(5), interval -> interval);
        Duration longest = table.duration("max-retry-interval", Duration.ofSeconds(4000), interval -> interval);
        SpoolOptions bounds = options;
        options = table.meaning(
                table.keys().contains("min-retry-interval") ? "min-retry-interval" : "max-retry-interval",
                longest,
                interval -> bounds.withRetryIntervals(shortest, interval));
        options = table.duration("pause", options, options::withPause);
        options = table.duration("expiry", options, options::withExpiry);
        options = table.number("max-returned-octets", options, SettingsFile.count(options::withMaxReturnedOctets));
        return table.duration("drain-timeout", options, options::withDrainTimeout);
    }

    private static SmartHost host(SettingsTable table) throws SettingsException {
        Optional<InetSocketAddress> address = table.text("smart-host", SettingsFile::serverOf);
        SmartHost host = address.map(SmartHost::at).orElseGet(SmartHost::local);
        host = table.text("protocol", SettingsFile.choice(SmartHost.Protocol.class, host::withProtocol))
                .orElse(host);
        host = table.text("our-name", host::withHostName).orElse(host);
        host = table.duration("connect-timeout", host, host::withConnectTimeout);
        host = table.duration("reply-timeout", host, host::withReplyTimeout);
        host = table.duration("end-of-data-timeout", host, host::withEndOfDataTimeout);
        host = table.duration("total-timeout", host, host::withTotalTimeout);
        Encryption encryption = table.text("encryption", SettingsFile.choice(Encryption.class, chosen -> chosen))
                .orElse(Encryption.IF_OFFERED);
        return login(table, secured(table, host, encryption), encryption, address);
    }

    private static SmartHost secured(SettingsTable table, SmartHost host, Encryption encryption)
            throws SettingsException {
        TlsTrust trust = SettingsFile.trust(table);
        boolean verified = encryption == Encryption.STARTTLS || encryption == Encryption.TLS;
        for (String key : List.of("authorities", "pinned", "host-name")) {
            if (!verified && table.keys().contains(key)) {
                throw table.problem(key, "counts only if encryption is starttls or tls");
            }
        }
        return switch (encryption) {
            case NONE -> host.withoutTls();
            case IF_OFFERED -> host.withTlsIfOffered();
            case STARTTLS -> host.withStartTls(trust);
            case TLS -> host.withImplicitTls(trust);
        };
    }

    private static SmartHost login(
            SettingsTable table, SmartHost host, Encryption encryption, Optional<InetSocketAddress> address)
            throws SettingsException {
        Optional<Password> password = table.text("password-file", RelaySettings::passwordIn);
        Optional<String> login = table.text("login", text -> text);
        if (login.isPresent() != password.isPresent()) {
            throw table.problem(login.isPresent() ? "login" : "password-file", "needs both login and password-file");
        }
        if (login.isEmpty()) {
            return host;
        }
        boolean here = address.map(InetSocketAddress::getAddress)
                .map(found -> found.isLoopbackAddress())
                .orElse(address.isEmpty());
        if (encryption == Encryption.NONE && !here) {
            throw table.problem("login", "needs encryption: the password would cross the network in clear text");
        }
        return table.meaning("login", login.get(), user -> host.withLogin(user, password.orElseThrow()));
    }

    /** Its first line. */
    private static Password passwordIn(String file) {
        try {
            List<String> lines = Files.readAllLines(SettingsTable.pathOf(file));
            if (lines.isEmpty() || lines.get(0).isEmpty()) {
                throw new IllegalArgumentException(file + " has no password in its first line");
            }
            return Password.of(lines.get(0));
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read", e);
        }
    }

    /** What is wrong with the files that are named, without opening the spool, which may be in use. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        spool.map(Spool::folder)
                .filter(folder -> !canBeUsedOrMade(folder, true))
                .ifPresent(folder -> problems.add(
                        "relay.spool-folder: " + folder + " is no folder that can be written, and cannot be made"));
        sendmail.stream()
                .limit(1)
                .filter(program -> !Files.isExecutable(Path.of(program)))
                .forEach(program -> problems.add("relay.sendmail: " + program + " cannot be run"));
        rewriting
                .map(Rewriting::secretFile)
                .filter(file -> !canBeUsedOrMade(file, false))
                .ifPresent(file ->
                        problems.add("relay.sender-rewriting-secret-file: " + file + " can be neither read nor made"));
        return problems;
    }

    private static boolean canBeUsedOrMade(Path path, boolean folder) {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return folder ? Files.isDirectory(path) && Files.isWritable(path) : Files.isReadable(path);
        }
        Path parent = path.toAbsolutePath().getParent();
        return parent != null && Files.isDirectory(parent) && Files.isWritable(parent);
    }
}
