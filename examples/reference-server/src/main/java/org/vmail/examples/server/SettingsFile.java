package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.vmail.address.Domain;
import org.vmail.auth.AuthenticatorOptions;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.auth.SaslMechanism;
import org.vmail.chain.ChainOptions;
import org.vmail.chain.ProxyVersion;
import org.vmail.chain.Upstream;
import org.vmail.delivery.CommandOptions;
import org.vmail.delivery.lmtp.LmtpOptions;
import org.vmail.domain.DomainPolicy;
import org.vmail.net.Network;
import org.vmail.net.ServerOptions;
import org.vmail.net.TlsContext;
import org.vmail.net.TlsTrust;
import org.vmail.pop3.ClearTextLogin;
import org.vmail.pop3.Internationalized;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Workaround;

/** Reads the configuration file, in TOML. {@code docs/guide/settings.md} lists the settings. */
final class SettingsFile {
    private static final Set<SaslMechanism> TOKEN_MECHANISMS = Set.of(SaslMechanism.OAUTHBEARER, SaslMechanism.XOAUTH2);

    private static final Pattern HOST_AND_PORT = Pattern.compile("([A-Za-z][A-Za-z0-9.-]*):([0-9]{1,5})");

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
        SettingsTable login = root.table("login");
        HostedDomainSettings domains = HostedDomainSettings.read(root);
        Optional<RelaySettings> relay = RelaySettings.read(root.table("relay"));
        Optional<AutoReplySettings> replies = AutoReplySettings.read(root.table("auto-replies"));
        Settings settings = new Settings(
                root.text("directory", SettingsTable::pathOf),
                SqlSettings.read(root.table("sql"), domains),
                MailboxSettings.read(root, reserved(relay, replies), domains.mailboxes()),
                pop3(root.table("pop3")),
                lmtp(root.table("lmtp")),
                tls(root.table("tls")),
                DomainSettingsFile.read(root.table("domain-choice")),
                DomainSettingsFile.splitter(login),
                login.text("policy", SettingsFile::policy).orElseGet(DomainPolicy::loginWins),
                login.text("default-domain", Domain::of),
                passwords(login),
                throttle(login),
                NativeDaemonSettings.read(root),
                lateChain(root.table("late-chain")),
                SystemUsers.read(root),
                domains,
                commands(root.table("commands")),
                relay,
                replies);
        if (settings.autoReplies().isPresent() && settings.relay().isEmpty()) {
            throw root.problem("auto-replies", "needs relay, which sends them");
        }
        if (settings.sql().isEmpty()) {
            root.requiredText("directory", SettingsTable::pathOf);
        } else if (settings.directory().isPresent()) {
            throw root.problem("directory", "and sql cannot both say who exists");
        }
        login.allAsked();
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
        options = table.number("max-bad-commands-before-login", options, count(options::withMaxBadCommandsBeforeLogin));
        options = table.number("max-bad-commands", options, count(options::withMaxBadCommands));
        options = table.number("max-line-octets", options, count(options::withMaxLineOctets));
        options = table.number("max-sasl-octets", options, count(options::withMaxSaslOctets));
        options = table.number("max-sessions-per-account", options, count(options::withMaxSessionsPerAccount));
        options = table.text("clear-text-login", choice(ClearTextLogin.class, options::withClearTextLogin))
                .orElse(options);
        if (table.keys().contains("sasl")) {
            options = options.withSaslMechanisms(Set.copyOf(table.texts("sasl", SettingsFile::mechanism)));
        }
        options = options.withApop(table.flag("apop", options.apop()))
                .withOnlyChainableLogins(table.flag("only-chainable-logins", options.onlyChainableLogins()));
        options = table.duration("login-delay", options, options::withLoginDelay);
        options = table.text("expire", expire(options)).orElse(options);
        options = table.text("internationalized", choice(Internationalized.class, options::withInternationalized))
                .orElse(options);
        if (table.keys().contains("workarounds")) {
            options = options.withWorkarounds(
                    Set.copyOf(table.texts("workarounds", choice(Workaround.class, workaround -> workaround))));
        }
        Settings.Pop3 pop3 = new Settings.Pop3(
                ListenerSettings.pop3(table),
                table.text("scram-secret-file", SettingsTable::pathOf),
                options,
                server(table));
        table.allAsked();
        return pop3;
    }

    private static AuthenticatorOptions passwords(SettingsTable login) throws SettingsException {
        AuthenticatorOptions options = AuthenticatorOptions.defaults();
        options = login.duration("password-remembered-for", options, options::withRememberedFor);
        return login.number("passwords-remembered", options, count(options::withRememberedAccounts));
    }

    private static LoginThrottleOptions throttle(SettingsTable login) throws SettingsException {
        LoginThrottleOptions options = LoginThrottleOptions.defaults();
        if (login.keys().contains("penalties")) {
            options = options.withPenalties(login.texts("penalties", SettingsTable::durationOf));
        }
        options = login.duration("forgiveness", options, options::withForgiveness);
        options = login.number("parallel-logins", options, count(options::withParallel));
        options = login.duration("trust", options, options::withTrust);
        return login.number("networks-remembered", options, count(options::withRemembered));
    }

    private static SaslMechanism mechanism(String text) {
        return SaslMechanism.parse(text)
                .filter(mechanism -> !TOKEN_MECHANISMS.contains(mechanism))
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + text + "' is none of PLAIN, LOGIN, SCRAM-SHA-256 and SCRAM-SHA-256-PLUS"));
    }

    private static SettingsTable.Meaning<String, Pop3Options> expire(Pop3Options options) {
        return text -> {
            if (text.equals("never")) {
                return options.withExpireNever();
            }
            if (!text.matches("\\d{1,6}d")) {
                throw new IllegalArgumentException("'" + text + "' is neither never nor days such as 30d");
            }
            return options.withExpireDays(Integer.parseInt(text.substring(0, text.length() - 1)));
        };
    }

    /** One of an enum's names, in lower case and with hyphens. */
    static <E extends Enum<E>, T> SettingsTable.Meaning<String, T> choice(
            Class<E> type, SettingsTable.Meaning<E, T> meaning) {
        return text -> {
            Map<String, E> names = new LinkedHashMap<>();
            for (E constant : type.getEnumConstants()) {
                names.put(constant.name().toLowerCase(Locale.ROOT).replace('_', '-'), constant);
            }
            E chosen = names.get(text);
            if (chosen == null) {
                throw new IllegalArgumentException("'" + text + "' is none of " + String.join(", ", names.keySet()));
            }
            return meaning.of(chosen);
        };
    }

    private static Optional<Settings.Tls> tls(SettingsTable table) throws SettingsException {
        List<Settings.Certificate> certificates = new ArrayList<>();
        for (SettingsTable certificate : table.tableList("certificates")) {
            certificates.add(new Settings.Certificate(
                    certificate.requiredText("chain", SettingsTable::pathOf),
                    certificate.requiredText("key", SettingsTable::pathOf)));
            certificate.allAsked();
        }
        Settings.Tls tls = new Settings.Tls(
                certificates,
                table.flag("only-tls-1-3", false),
                table.duration("reload-interval", Duration.ofSeconds(10), interval -> {
                    TlsContext.builder().reloadInterval(interval);
                    return interval;
                }),
                table.number("warm-up", 0, count(handshakes -> {
                    TlsContext.builder().warmUp(handshakes);
                    return handshakes;
                })));
        table.allAsked();
        if (table.isPresent() && certificates.isEmpty()) {
            throw table.problem("certificates", "is missing: TLS needs a certificate");
        }
        return table.isPresent() ? Optional.of(tls) : Optional.empty();
    }

    private static Settings.Lmtp lmtp(SettingsTable table) throws SettingsException {
        LmtpOptions options = LmtpOptions.defaults();
        options = table.text("host-name", options::withHostName).orElse(options);
        options = table.duration("command-timeout", options, options::withCommandTimeout);
        options = table.duration("data-timeout", options, options::withDataTimeout);
        options = table.duration("transaction-timeout", options, options::withTransactionTimeout);
        options = table.number("max-message-octets", options, options::withMaxMessageOctets);
        options = table.number("memory-octets", options, count(options::withMemoryOctets));
        LmtpOptions sized = options;
        options = table.text("spool-folder", text -> sized.withSpoolFolder(SettingsTable.pathOf(text)))
                .orElse(options);
        options = table.number("max-recipients", options, count(options::withMaxRecipients));
        options = table.number("max-messages", options, count(options::withMaxMessages));
        options = table.number("max-line-octets", options, count(options::withMaxLineOctets));
        options = table.number("max-bad-commands", options, count(options::withMaxBadCommands));
        boolean startTls = table.flag("starttls", false);
        Settings.Copies copies = new Settings.Copies(
                table.number("parallel-copies", 10, count(SettingsFile::positive)),
                table.number("copy-threads", 64, count(SettingsFile::positive)),
                table.flag("hard-links", false));
        Settings.Lmtp lmtp = new Settings.Lmtp(
                ListenerSettings.lmtp(table), startTls, lmtpExtensions(table, options), server(table), copies);
        table.allAsked();
        return lmtp;
    }

    private static int positive(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("has to be at least 1");
        }
        return count;
    }

    private static LmtpOptions lmtpExtensions(SettingsTable table, LmtpOptions bounds) throws SettingsException {
        boolean chunking = table.flag("chunking", false);
        boolean binaryMime = table.flag("binary-mime", false);
        if (binaryMime && !chunking) {
            throw table.problem("binary-mime", "needs chunking");
        }
        LmtpOptions options = bounds.withSmtpUtf8(table.flag("smtputf8", true))
                .withDsn(table.flag("dsn", false))
                .withChunking(chunking)
                .withBinaryMime(binaryMime)
                .withXclientNetworks(table.texts("xclient-networks", Network::of));
        return table.text("postmaster-domain", text -> options.withPostmasterDomain(Domain.of(text)))
                .orElse(options);
    }

    private static ServerOptions server(SettingsTable table) throws SettingsException {
        ServerOptions options = ServerOptions.defaults();
        options = table.number("max-connections", options, count(options::withMaxConnections));
        options = table.number("max-connections-per-client", options, count(options::withMaxConnectionsPerClient));
        options = table.number("max-half-open-connections", options, count(options::withMaxHalfOpenConnections));
        options = table.number("backlog", options, count(options::withBacklog));
        options = table.duration("write-timeout", options, options::withWriteTimeout);
        options = table.number("min-read-rate", options, count(options::withMinReadRate));
        options = table.number("send-buffer-octets", options, count(options::withSendBufferOctets));
        options = table.duration("drain-timeout", options, options::withDrainTimeout);
        return table.duration("proxy-header-timeout", options, options::withProxyHeaderTimeout);
    }

    private static ChainOptions chainOptions(SettingsTable table) throws SettingsException {
        ChainOptions options = ChainOptions.defaults();
        options = table.duration("connect-timeout", options, options::withConnectTimeout);
        options = table.duration("idle-timeout", options, options::withIdleTimeout);
        options = table.duration("half-closed-timeout", options, options::withHalfClosedTimeout);
        return table.text("proxy-header", choice(ProxyVersion.class, options::withProxyHeader))
                .orElse(options);
    }

    private static Optional<Settings.LateChain> lateChain(SettingsTable table) throws SettingsException {
        if (!table.isPresent()) {
            return Optional.empty();
        }
        Upstream upstream = secured(table, Upstream.at(table.requiredText("server", SettingsFile::serverOf)))
                .withChainOptions(chainOptions(table));
        upstream = table.text("login", choice(Upstream.LoginForm.class, upstream::withLoginForm))
                .orElse(upstream);
        upstream = table.number("xclient-ttl", upstream, count(upstream::withXclient));
        upstream = table.duration("login-timeout", upstream, upstream::withLoginTimeout);
        upstream = table.duration("capability-life", upstream, upstream::withCapabilityLife);
        upstream = table.number("max-reply-octets", upstream, count(upstream::withMaxReplyOctets));
        upstream = table.number("max-parallel", upstream, count(upstream::withMaxParallel));
        Settings.LateChain chain = new Settings.LateChain(table.requiredText("main-domain", Domain::of), upstream);
        table.allAsked();
        return Optional.of(chain);
    }

    private static Upstream secured(SettingsTable table, Upstream upstream) throws SettingsException {
        Upstream.Encryption encryption = table.text("encryption", choice(Upstream.Encryption.class, chosen -> chosen))
                .orElse(Upstream.Encryption.NONE);
        TlsTrust trust = trust(table);
        return switch (encryption) {
            case NONE -> upstream;
            case STLS -> upstream.withStls(trust);
            case TLS -> upstream.withTls(trust);
        };
    }

    /** By which certificates a server is known. */
    static TlsTrust trust(SettingsTable table) throws SettingsException {
        Optional<TlsTrust> authorities = table.text("authorities", text -> trust(text, TlsTrust::authorities));
        Optional<TlsTrust> pinned = table.text("pinned", text -> trust(text, TlsTrust::pinned));
        if (authorities.isPresent() && pinned.isPresent()) {
            throw table.problem("pinned", "needs no authorities: a pinned certificate is trusted by itself");
        }
        TlsTrust trust = authorities.or(() -> pinned).orElseGet(TlsTrust::system);
        return table.text("host-name", trust::withHostName).orElse(trust);
    }

    /** Reads the certificates of a file. */
    private interface TrustFile {
        TlsTrust read(Path file) throws IOException;
    }

    private static TlsTrust trust(String file, TrustFile kind) {
        try {
            return kind.read(SettingsTable.pathOf(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(Reasons.of(e), e);
        }
    }

    /** A server of others may be named; its addresses are theirs to change. */
    static InetSocketAddress serverOf(String text) {
        Matcher named = HOST_AND_PORT.matcher(text);
        return named.matches()
                ? InetSocketAddress.createUnresolved(named.group(1), Integer.parseInt(named.group(2)))
                : SettingsTable.socketAddressOf(text);
    }

    /** What is not mail, but may be in its folder. */
    private static List<Path> reserved(Optional<RelaySettings> relay, Optional<AutoReplySettings> replies) {
        return Stream.concat(
                        relay.flatMap(RelaySettings::spool).map(RelaySettings.Spool::folder).stream(),
                        replies.map(AutoReplySettings::folder).stream())
                .toList();
    }

    private static CommandOptions commands(SettingsTable table) throws SettingsException {
        CommandOptions options = CommandOptions.defaults();
        options = table.duration("time-limit", options, options::withTimeLimit);
        options = table.number("max-processes", options, count(options::withMaxProcesses));
        options = table.number("max-filtered-octets", options, options::withMaxFilteredOctets);
        table.allAsked();
        return options;
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

    static <T> SettingsTable.Meaning<Long, T> count(SettingsTable.Meaning<Integer, T> meaning) {
        return number -> {
            if (number < Integer.MIN_VALUE || number > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(number + " is too large");
            }
            return meaning.of(number.intValue());
        };
    }
}
