package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.Domain;
import org.vmail.address.Login;
import org.vmail.address.MailAddress;
import org.vmail.domain.DnsServers;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.HostedDomains;
import org.vmail.domain.ReverseAnswer;
import org.vmail.domain.ReverseLookup;
import org.vmail.domain.ReverseLookupOptions;
import org.vmail.domain.UnknownAddress;
import org.vmail.net.ConnectionInfo;

/** The settings of the choice of a domain, and what they do. */
class DomainSettingsTest {
    private static final HostedDomains HOSTED = name -> Optional.ofNullable(
                    Map.of("a.example", "a.example", "b.example", "b.example", "alias.example", "a.example")
                            .get(name.name()))
            .map(Domain::of);
    private static final ReverseLookup NAMES = address -> ReverseAnswer.of("pop.b.example");

    @TempDir
    Path folder;

    private Settings read(String toml) throws IOException, SettingsException {
        String required = "directory = \"/x\"\nmail = \"/y\"\n";
        return SettingsFile.read(Files.writeString(folder.resolve("vmail.toml"), required + toml));
    }

    private DomainChoice choice(String toml, String target, String serverName) throws IOException, SettingsException {
        InetSocketAddress local = new InetSocketAddress(SettingsTable.addressOf(target), 10110);
        DomainResolver resolver = read(toml).domainChoice().resolver(HOSTED, NAMES);
        resolver.prepare(Set.of(local.getAddress()));
        ConnectionInfo plain = ConnectionInfo.plain(local, local);
        return resolver.resolve(serverName.isEmpty() ? plain : withServerName(plain, serverName));
    }

    private static ConnectionInfo withServerName(ConnectionInfo plain, String serverName) {
        return new ConnectionInfo(
                plain.local(), plain.remote(), Optional.of(serverName), true, plain.listener(), Optional.empty());
    }

    private void assertRefused(String toml, String problem) {
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> read(toml))
                .withMessageContaining("vmail.toml")
                .withMessageContaining(problem);
    }

    @Test
    void theDefaultsAreThoseOfTheLibrary() throws Exception {
        DomainSettings settings = read("").domainChoice();
        assertThat(settings.reverseLookup().orElseThrow())
                .usingRecursiveComparison()
                .isEqualTo(ReverseLookupOptions.defaults());
        assertThat(settings.dns()).isEmpty();
        assertThat(settings.mustAgree()).isFalse();
    }

    private static String everything(String setting) {
        return """
            [domain-choice]
            shared = ["198.51.100.0/24"]
            %s
            [domain-choice.addresses]
            "192.0.2.0/24" = "alias.example"
            "192.0.2.7" = "b.example"
            [domain-choice.ports]
            "10110" = "b.example"
            [domain-choice.server-name]
            strip-depth = 2
            """.formatted(setting);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "order = ['addresses', 'ports'] | 192.0.2.1 | | a.example | address table has 192.0.2.0/24, which holds",
                "order = ['addresses', 'ports'] | 192.0.2.7 | | b.example | address table has 192.0.2.7",
                "order = ['ports', 'addresses'] | 192.0.2.1 | | b.example | port table has 10110",
                "order = ['server-name', 'addresses'] | 192.0.2.7 | x.y.a.example | a.example | server name x.y.a.example",
                "order = ['server-name', 'addresses'] | 192.0.2.7 | | b.example | before that: no server name",
                "order = ['shared', 'ports'] | 198.51.100.9 | | shared | shared address 198.51.100.0/24",
                "'' | 198.51.100.9 | | shared | before that: address table has no 198.51.100.9",
                "'' | 203.0.113.1 | | b.example | port table has 10110",
                "order = ['reverse-lookup'] | 203.0.113.1 | | b.example | reverse look-up: 203.0.113.1 is pop.b.example",
                "order = [] | 192.0.2.1 | | not hosted | shared addresses have no",
                "must-agree = true | 192.0.2.7 | | b.example | port table has 10110, for b.example; reverse look-up",
                "must-agree = true | 192.0.2.1 | | disputed | evidence must agree"
            })
    void theOrderIsThePrecedence(String setting, String target, String serverName, String domain, String rule)
            throws Exception {
        String name = serverName == null ? "" : serverName;
        DomainChoice choice = choice(everything(setting.replace('\'', '"').replace("\"\"", "")), target, name);
        String found = choice instanceof DomainChoice.Hosted hosted
                ? hosted.domain().name()
                : choice instanceof DomainChoice.Shared
                        ? "shared"
                        : choice instanceof DomainChoice.NotHosted ? "not hosted" : "disputed";
        assertThat(found).isEqualTo(domain);
        assertThat(choice.rule()).contains(rule);
    }

    @Test
    void everySettingOfTheReverseLookupIsRead() throws Exception {
        DomainSettings settings = read("""
                [domain-choice.reverse-lookup]
                refresh = "1s"
                min-ttl = "2s"
                max-ttl = "3s"
                max-negative-ttl = "4s"
                retry = "5s"
                deadline = "6s"
                unknown = "not-hosted"
                patience = "7s"
                max-waiting = 8
                max-names = 9
                strip-depth = 1
                confirm = true
                servers = ["192.0.2.53", "[2001:db8::53]:5353", "2001:db8::54", "127.0.0.1:1053"]
                server-timeout = "11s"
                server-attempts = 12
                """).domainChoice();
        ReverseLookupOptions options = settings.reverseLookup().orElseThrow();
        assertThat(options.refresh()).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.minTimeToLive()).isEqualTo(Duration.ofSeconds(2));
        assertThat(options.maxTimeToLive()).isEqualTo(Duration.ofSeconds(3));
        assertThat(options.maxNegativeTimeToLive()).isEqualTo(Duration.ofSeconds(4));
        assertThat(options.retry()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.deadline()).isEqualTo(Duration.ofSeconds(6));
        assertThat(options.unknownAddress()).isEqualTo(UnknownAddress.NOT_HOSTED);
        assertThat(options.patience()).isEqualTo(Duration.ofSeconds(7));
        assertThat(options.maxWaiting()).isEqualTo(8);
        assertThat(options.maxNames()).isEqualTo(9);
        assertThat(options.stripping().candidates("www.a.example")).contains("a.example");
        assertThat(options.confirmation()).isPresent();
        DnsServers dns = settings.dns().orElseThrow();
        assertThat(dns.addresses())
                .containsExactly(
                        SettingsTable.socketAddressOf("192.0.2.53:53"),
                        SettingsTable.socketAddressOf("[2001:db8::53]:5353"),
                        SettingsTable.socketAddressOf("[2001:db8::54]:53"),
                        SettingsTable.socketAddressOf("127.0.0.1:1053"));
        assertThat(dns.timeout()).isEqualTo(Duration.ofSeconds(11));
        assertThat(dns.attempts()).isEqualTo(12);
    }

    @Test
    void theReverseLookupCanBeTurnedOff() throws Exception {
        assertThat(choice("[domain-choice.reverse-lookup]\nenabled = false", "192.0.2.1", ""))
                .isInstanceOf(DomainChoice.NotHosted.class);
    }

    @ParameterizedTest
    @CsvSource({
        "joe@a.example, joe, a.example",
        "joe%a.example, joe, a.example",
        "a.example/joe, joe, a.example",
        "'  A.Example/JOE ', joe, a.example",
        "joe.b, joe, b.example"
    })
    void theFormsOfALoginAreSettings(String text, String user, String domain) throws Exception {
        Settings settings = read("""
                [login]
                delimiters = "@%"
                domain-first = "/"
                trim = true
                lower-case = true
                [[login.rewrite]]
                match = '([^@/]+)\\.b'
                to = '$1@b'
                [[login.rewrite]]
                match = '(.+)@b'
                to = '$1@b.example'
                """);
        assertThat(settings.splitter().split(text))
                .contains(new Login.Qualified(new MailAddress(user, Domain.of(domain))));
        assertThat(settings.splitter().split("joe")).contains(new Login.Bare("joe"));
    }

    @Test
    void whatIsWrongIsSaidWithItsName() {
        assertRefused("[domain-choice]\norder = [\"dice\"]", "server-name, addresses, shared, ports, reverse-lookup");
        assertRefused("[domain-choice]\norder = [\"ports\", \"ports\"]", "names something twice");
        assertRefused("[domain-choice.addresses]\n\"192.0.2.1/24\" = \"a.example\"", "192.0.2.0/24");
        assertRefused(
                "[domain-choice.addresses]\n\"192.0.2.1\" = \"a.example\"\n\"192.0.2.1/32\" = \"b.example\"",
                "is there twice");
        assertRefused("[domain-choice.ports]\n\"65536\" = \"a.example\"", "is no port");
        assertRefused("[domain-choice.server-name]\nstrip-labels = []\nstrip-depth = 1", "cannot stand beside");
        assertRefused("[domain-choice.server-name]\nstrip-dept = 1", "is not a setting");
        assertRefused("[domain-choice.reverse-lookup]\nservers = [\"ns.example\"]", "ns.example");
        assertRefused("[domain-choice.reverse-lookup]\nunknown = \"main\"", "refuse, not-hosted");
        assertRefused("[domain-choice.reverse-lookup]\nservers = [\"192.0.2.53\"]\nserver-attempts = 0", "servers");
        assertRefused("[login]\ndelimiters = \"@/\"\ndomain-first = \"/\"", "delimiters has, too");
        assertRefused("[login]\ndomain-first = \"x\"", "domain-first");
        assertRefused("[[login.rewrite]]\nmatch = '('\nto = 'x'", "rewrite");
        assertRefused("[[login.rewrite]]\nmatch = 'a'\nto = '$1'", "does not fit");
        assertRefused("[[login.rewrite]]\nmatch = 'a'", "login.rewrite.to");
    }
}
