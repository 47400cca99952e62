package org.vmail.examples.server;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.address.LoginRewriting;
import org.vmail.address.LoginSplitter;
import org.vmail.domain.DnsServers;
import org.vmail.domain.ForwardLookup;
import org.vmail.domain.LabelStripping;
import org.vmail.domain.ReverseLookupOptions;
import org.vmail.domain.UnknownAddress;
import org.vmail.examples.server.DomainSettings.Evidence;
import org.vmail.net.Network;

/** Reads {@code [domain-choice]}, and what {@code [login]} says of the form of a login. */
final class DomainSettingsFile {
    private static final List<Evidence> ORDER =
            List.of(Evidence.ADDRESSES, Evidence.SHARED, Evidence.PORTS, Evidence.REVERSE_LOOKUP);

    private DomainSettingsFile() {}

    static DomainSettings read(SettingsTable choice) throws SettingsException {
        SettingsTable reverse = choice.table("reverse-lookup");
        SettingsTable names = choice.table("server-name");
        Optional<DnsServers> dns = dns(reverse);
        List<Evidence> order = choice.texts("order", SettingsFile.choice(Evidence.class, evidence -> evidence));
        if (Set.copyOf(order).size() < order.size()) {
            throw choice.problem("order", "names something twice");
        }
        DomainSettings settings = new DomainSettings(
                choice.keys().contains("order") ? order : ORDER,
                choice.flag("must-agree", false),
                table(choice.table("addresses"), Network::of),
                Set.copyOf(choice.texts("shared", Network::of)),
                table(choice.table("ports"), DomainSettingsFile::port),
                stripping(names).orElse(ReverseLookupOptions.defaults().stripping()),
                reverseLookup(reverse, dns),
                dns);
        names.allAsked();
        reverse.allAsked();
        choice.allAsked();
        return settings;
    }

    private static <K> Map<K, Domain> table(SettingsTable table, SettingsTable.Meaning<String, K> keyMeaning)
            throws SettingsException {
        Map<K, Domain> domains = new LinkedHashMap<>();
        for (String key : table.keys()) {
            if (domains.put(table.meaning(key, key, keyMeaning), table.requiredText(key, Domain::of)) != null) {
                throw table.problem(key, "is there twice");
            }
        }
        return domains;
    }

    private static int port(String text) {
        if (!text.matches("[1-9]\\d{0,4}") || Integer.parseInt(text) > 65535) {
            throw new IllegalArgumentException("'" + text + "' is no port");
        }
        return Integer.parseInt(text);
    }

    private static Optional<LabelStripping> stripping(SettingsTable table) throws SettingsException {
        boolean labels = table.keys().contains("strip-labels");
        boolean depth = table.keys().contains("strip-depth");
        if (labels && depth) {
            throw table.problem("strip-depth", "cannot stand beside strip-labels");
        }
        LabelStripping byLabels = LabelStripping.of(table.texts("strip-labels", text -> text));
        LabelStripping byDepth =
                table.number("strip-depth", LabelStripping.none(), SettingsFile.count(LabelStripping::upTo));
        return labels || depth ? Optional.of(labels ? byLabels : byDepth) : Optional.empty();
    }

    private static Optional<DnsServers> dns(SettingsTable table) throws SettingsException {
        List<InetSocketAddress> servers = table.texts("servers", DomainSettingsFile::dnsServer);
        Duration timeout = table.duration("server-timeout", Duration.ofSeconds(1), duration -> duration);
        int attempts = table.number("server-attempts", 2, SettingsFile.count(count -> count));
        if (servers.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(table.meaning(
                "servers",
                servers,
                addresses -> DnsServers.at(addresses).withTimeout(timeout).withAttempts(attempts)));
    }

    /** An address, with a port or without. */
    private static InetSocketAddress dnsServer(String text) {
        return text.matches("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*")
                ? new InetSocketAddress(SettingsTable.addressOf(text), DnsServers.PORT)
                : SettingsTable.socketAddressOf(text);
    }

    private static Optional<ReverseLookupOptions> reverseLookup(SettingsTable table, Optional<DnsServers> dns)
            throws SettingsException {
        ReverseLookupOptions options = ReverseLookupOptions.defaults();
        options = table.duration("refresh", options, options::withRefresh);
        options = table.duration("min-ttl", options, options::withMinTimeToLive);
        options = table.duration("max-ttl", options, options::withMaxTimeToLive);
        options = table.duration("max-negative-ttl", options, options::withMaxNegativeTimeToLive);
        options = table.duration("retry", options, options::withRetry);
        options = table.duration("deadline", options, options::withDeadline);
        options = table.text("unknown", SettingsFile.choice(UnknownAddress.class, options::withUnknownAddress))
                .orElse(options);
        options = table.duration("patience", options, options::withPatience);
        options = table.number("max-waiting", options, SettingsFile.count(options::withMaxWaiting));
        options = table.number("max-names", options, SettingsFile.count(options::withMaxNames));
        options = options.withPrepared(table.texts("prepare", SettingsTable::addressOf));
        options = stripping(table).map(options::withStripping).orElse(options);
        if (table.flag("confirm", false)) {
            options = options.withConfirmation(dns.map(ForwardLookup::dns).orElseGet(ForwardLookup::system));
        }
        return table.flag("enabled", true) ? Optional.of(options) : Optional.empty();
    }

    static LoginSplitter splitter(SettingsTable login) throws SettingsException {
        Optional<String> behind = login.text("delimiters", DomainSettingsFile::checkedDelimiters);
        Optional<String> before = login.text("domain-first", DomainSettingsFile::checkedDelimiters);
        String delimiters = behind.orElse("@");
        if (before.isPresent() && before.get().chars().anyMatch(c -> delimiters.indexOf(c) >= 0)) {
            throw login.problem("domain-first", "has a character that delimiters has, too");
        }
        LoginSplitter splitter = LoginSplitter.atLastOf(delimiters);
        splitter = before.isPresent() ? LoginSplitter.domainBefore(before.get()).or(splitter) : splitter;
        return splitter.after(rewriting(login));
    }

    private static String checkedDelimiters(String text) {
        LoginSplitter.atLastOf(text);
        return text;
    }

    private static LoginRewriting rewriting(SettingsTable login) throws SettingsException {
        LoginRewriting rewriting = Optional::of;
        rewriting = login.flag("trim", false) ? rewriting.then(LoginRewriting.trimming()) : rewriting;
        rewriting = login.flag("lower-case", false) ? rewriting.then(LoginRewriting.lowerCasing()) : rewriting;
        for (SettingsTable rule : login.tableList("rewrite")) {
            String expression = rule.requiredText("match", text -> text);
            rewriting = rewriting.then(rule.requiredText("to", to -> LoginRewriting.rule(expression, to)));
            rule.allAsked();
        }
        return rewriting;
    }
}
