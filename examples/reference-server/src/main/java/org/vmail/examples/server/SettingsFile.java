package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.vmail.address.Domain;
import org.vmail.address.LoginSplitter;
import org.vmail.chain.ChainOptions;
import org.vmail.chain.NativeDaemon;
import org.vmail.delivery.lmtp.LmtpOptions;
import org.vmail.directory.Fallback;
import org.vmail.directory.HostedDomain;
import org.vmail.domain.DomainPolicy;
import org.vmail.domain.ReverseLookupOptions;
import org.vmail.net.ServerOptions;
import org.vmail.pop3.Pop3Options;

/** Reads the configuration file, in TOML. {@code docs/user-guide.md} lists the settings. */
final class SettingsFile {
    private static final int SMTP_PORT = 25;

    private SettingsFile() {}

    static Settings read(Path file) throws SettingsException, IOException {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new SettingsException("The configuration file " + file
                    + " does not exist or cannot be read; docs/vmail.toml is one to begin with");
        }
        TomlParseResult toml = parse(file);
        if (toml.hasErrors()) {
            TomlParseError error = toml.errors().get(0);
            throw new SettingsException(file + ":" + error.position().line() + ": " + error.getMessage());
        }
        return settings(new SettingsTable(file, "", toml));
    }

    private static TomlParseResult parse(Path file) throws SettingsException, IOException {
        try {
            return Toml.parse(file);
        } catch (CharacterCodingException e) {
            throw new SettingsException(file + " is not a text in UTF-8");
        }
    }

    private static Settings settings(SettingsTable root) throws SettingsException {
        SettingsTable choice = root.table("domain-choice");
        SettingsTable login = root.table("login");
        Settings settings = new Settings(
                root.requiredText("directory", SettingsTable::pathOf),
                root.requiredText("mail", SettingsTable::pathOf),
                pop3(root.table("pop3")),
                lmtp(root.table("lmtp")),
                addressTable(choice.table("addresses")),
                Set.copyOf(choice.texts("shared", SettingsTable::addressOf)),
                reverseLookup(choice.table("reverse-lookup")),
                login.text("delimiters", LoginSplitter::atLastOf).orElseGet(LoginSplitter::standard),
                login.text("policy", SettingsFile::policy).orElseGet(DomainPolicy::loginWins),
                login.text("default-domain", Domain::of),
                nativeDaemon(root),
                domains(root.table("domains")));
        login.allAsked();
        choice.allAsked();
        root.allAsked();
        return settings;
    }

    private static Settings.Pop3 pop3(SettingsTable table) throws SettingsException {
        Pop3Options options = Pop3Options.defaults();
        options = table.text("greeting", options::withGreeting).orElse(options);
        options = table.duration("command-timeout", options, options::withCommandTimeout);
        options = table.duration("login-timeout", options, options::withLoginTimeout);
        options = table.duration("failure-delay", options, options::withFailureDelay);
        options = table.number("max-login-attempts", options, count(options::withMaxLoginAttempts));
        options = table.number("max-bad-commands", options, count(options::withMaxBadCommands));
        options = table.number("max-line-octets", options, count(options::withMaxLineOctets));
        Settings.Pop3 pop3 =
                new Settings.Pop3(table.texts("listen", SettingsTable::socketAddressOf), options, server(table));
        table.allAsked();
        return pop3;
    }

    private static Settings.Lmtp lmtp(SettingsTable table) throws SettingsException {
        LmtpOptions options = LmtpOptions.defaults();
        options = table.text("host-name", options::withHostName).orElse(options);
        options = table.duration("command-timeout", options, options::withCommandTimeout);
        options = table.duration("data-timeout", options, options::withDataTimeout);
        options = table.number("max-message-octets", options, options::withMaxMessageOctets);
        options = table.number("memory-octets", options, count(options::withMemoryOctets));
        LmtpOptions sized = options;
        options = table.text("spool-folder", text -> sized.withSpoolFolder(SettingsTable.pathOf(text)))
                .orElse(options);
        options = table.number("max-recipients", options, count(options::withMaxRecipients));
        options = table.number("max-line-octets", options, count(options::withMaxLineOctets));
        options = table.number("max-bad-commands", options, count(options::withMaxBadCommands));
        Settings.Lmtp lmtp =
                new Settings.Lmtp(table.texts("listen", SettingsFile::lmtpAddress), options, server(table));
        table.allAsked();
        return lmtp;
    }

    private static InetSocketAddress lmtpAddress(String text) {
        InetSocketAddress address = SettingsTable.socketAddressOf(text);
        if (address.getPort() == SMTP_PORT) {
            throw new IllegalArgumentException("LMTP must not be spoken on port 25 (RFC 2033, section 5)");
        }
        return address;
    }

    private static ServerOptions server(SettingsTable table) throws SettingsException {
        ServerOptions options = ServerOptions.defaults();
        options = table.number("max-connections", options, count(options::withMaxConnections));
        options = table.number("max-connections-per-client", options, count(options::withMaxConnectionsPerClient));
        options = table.number("backlog", options, count(options::withBacklog));
        options = table.duration("write-timeout", options, options::withWriteTimeout);
        return table.duration("drain-timeout", options, options::withDrainTimeout);
    }

    private static Map<InetAddress, Domain> addressTable(SettingsTable table) throws SettingsException {
        Map<InetAddress, Domain> addresses = new LinkedHashMap<>();
        for (String key : table.keys()) {
            InetAddress address = table.meaning(key, key, SettingsTable::addressOf);
            addresses.put(address, table.requiredText(key, Domain::of));
        }
        return addresses;
    }

    private static Optional<ReverseLookupOptions> reverseLookup(SettingsTable table) throws SettingsException {
        ReverseLookupOptions options = ReverseLookupOptions.defaults();
        options = table.duration("refresh", options, options::withRefresh);
        options = table.duration("retry", options, options::withRetry);
        options = table.duration("deadline", options, options::withDeadline);
        if (table.keys().contains("strip-labels")) {
            options = options.withStrippedLabels(Set.copyOf(table.texts("strip-labels", text -> text)));
        }
        boolean enabled = table.flag("enabled", true);
        table.allAsked();
        return enabled ? Optional.of(options) : Optional.empty();
    }

    private static Optional<NativeDaemon> nativeDaemon(SettingsTable root) throws SettingsException {
        SettingsTable table = root.table("native-daemon");
        ChainOptions defaults = ChainOptions.defaults();
        ChainOptions connect = table.duration("connect-timeout", defaults, defaults::withConnectTimeout);
        ChainOptions idle = table.duration("idle-timeout", connect, connect::withIdleTimeout);
        ChainOptions options = table.duration("half-closed-timeout", idle, idle::withHalfClosedTimeout);
        Optional<NativeDaemon> tcp =
                table.text("tcp", text -> NativeDaemon.tcp(SettingsTable.socketAddressOf(text), options));
        Optional<NativeDaemon> unix =
                table.text("unix-socket", text -> NativeDaemon.unixSocket(SettingsTable.pathOf(text), options));
        table.allAsked();
        if (table.isPresent() && tcp.isPresent() == unix.isPresent()) {
            throw root.problem("native-daemon", "needs tcp or unix-socket, and not both");
        }
        return tcp.isPresent() ? tcp : unix;
    }

    private static List<HostedDomain> domains(SettingsTable table) throws SettingsException {
        List<HostedDomain> domains = new ArrayList<>();
        Set<Domain> names = new HashSet<>();
        for (Map.Entry<String, SettingsTable> entry : table.tables().entrySet()) {
            Domain name = table.meaning(entry.getKey(), entry.getKey(), Domain::of);
            SettingsTable settings = entry.getValue();
            HostedDomain domain = HostedDomain.of(name).withAliases(settings.texts("aliases", Domain::of));
            if (!names.add(name) || !domain.aliases().stream().allMatch(names::add)) {
                throw table.problem(entry.getKey(), "has a name or an alias that another domain has");
            }
            domains.add(settings.text("fallback", text -> domain.withFallback(Fallback.parse(text, name)))
                    .orElse(domain));
            settings.allAsked();
        }
        return domains;
    }

    private static DomainPolicy policy(String text) {
        return switch (text) {
            case "login-wins" -> DomainPolicy.loginWins();
            case "connection-wins" -> DomainPolicy.connectionWins();
            case "must-agree" -> DomainPolicy.mustAgree();
            default ->
                throw new IllegalArgumentException(
                        "'" + text + "' is none of login-wins, connection-wins and must-agree");
        };
    }

    private static <T> SettingsTable.Meaning<Long, T> count(SettingsTable.Meaning<Integer, T> meaning) {
        return number -> {
            if (number < Integer.MIN_VALUE || number > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(number + " is too large");
            }
            return meaning.of(number.intValue());
        };
    }
}
