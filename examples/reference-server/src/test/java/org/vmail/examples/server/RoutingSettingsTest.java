package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.CommandLine;
import org.vmail.directory.Fallback;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.OverQuotaReply;
import org.vmail.directory.Quota;

/** The settings of a domain and of programs. */
class RoutingSettingsTest {
    @TempDir
    Path folder;

    private Settings read(String toml) throws IOException, SettingsException {
        String required = "directory = \"/x\"\nmail = \"/y\"\n";
        return SettingsFile.read(Files.writeString(folder.resolve("vmail.toml"), required + toml));
    }

    @Test
    void aDomainHasItsSettings() throws Exception {
        HostedDomain domain = read("""
                        [domains."a.example"]
                        fallback = "|/bin/catch %u"
                        alias-files = ["/etc/mail/aliases"]
                        alias-patterns = [{ match = 'list-(.+)', to = ["$1@lists.example", "joe"] }]
                        full-names = true
                        subaddress-delimiters = "-"
                        commands = true
                        filter = "/bin/filter '%d'"
                        quota-octets = 1000
                        over-quota = "permanent"
                        """).hostedDomains().domains().get(0);

        assertThat(domain.fallback()).contains(new Fallback.ToCommand(new CommandLine(List.of("/bin/catch", "%u"))));
        assertThat(domain.aliasFiles()).containsExactly(Path.of("/etc/mail/aliases"));
        assertThat(domain.aliasPatterns().get(0).match("list-x", domain.name()))
                .contains(List.of(MailAddress.of("x@lists.example"), MailAddress.of("joe@a.example")));
        assertThat(domain.fullNames()).isTrue();
        assertThat(domain.subaddressDelimiters()).isEqualTo("-");
        assertThat(domain.commands()).isTrue();
        assertThat(domain.defaultQuota()).isEqualTo(Quota.ofOctets(1000));
        assertThat(domain.overQuotaReply()).isEqualTo(OverQuotaReply.PERMANENT);
        assertThat(domain.filter()).contains(new CommandLine(List.of("/bin/filter", "%d")));
    }

    @Test
    void whatADomainDoesNotSayIsAsForAllDomains() throws Exception {
        HostedDomainSettings settings = read("""
                        [domain-defaults]
                        max-accounts = 100
                        quota-octets = 1000
                        full-names = true
                        fallback = "postmaster"

                        [domains."a.example"]
                        quota-messages = 10
                        full-names = false
                        max-accounts = 7
                        """).hostedDomains();
        HostedDomain a = settings.domains().get(0);
        HostedDomain b = settings.defaults().apply(Domain.of("b.example"));

        assertThat(a.defaultQuota()).isEqualTo(new Quota(1000, 10));
        assertThat(a.fullNames()).isFalse();
        assertThat(a.maxAccounts()).hasValue(7);
        assertThat(a.fallback()).contains(new Fallback.ToAddress(MailAddress.of("postmaster@a.example")));
        assertThat(b.maxAccounts()).hasValue(100);
        assertThat(b.fullNames()).isTrue();
        assertThat(b.fallback()).contains(new Fallback.ToAddress(MailAddress.of("postmaster@b.example")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {"aliases = [\"b.example\"]; aliases", "max-accounts = 0; positive", "quota-octets = 0; positive"})
    void aMistakeInTheDefaultsIsNamedWithItsLine(String line, String problem) {
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> read("[domain-defaults]\n" + line))
                .withMessageContaining("vmail.toml:4: ")
                .withMessageContaining(problem);
    }

    @Test
    void programsHaveTheirBounds() throws Exception {
        Settings settings = read("[commands]\ntime-limit = \"5s\"\nmax-processes = 2\nmax-filtered-octets = 7");

        assertThat(settings.commands().timeLimit()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.commands().maxProcesses()).isEqualTo(2);
        assertThat(settings.commands().maxFilteredOctets()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "fallback = \"|cat\"; absolute path",
                "filter = \"/bin/filter %u\"; no %u",
                "filter = \"/bin/filter | /bin/cat\"; no shell",
                "alias-files = [\"aliases\"]; absolute path",
                "subaddress-delimiters = \"x\"; delimiter",
                "quota-octets = 0; positive",
                "max-accounts = 0; positive",
                "max-accounts = 3000000000; too large",
                "over-quota = \"later\"; temporary",
                "alias-patterns = [{ match = '(', to = [\"joe\"] }]; (",
                "alias-patterns = [{ match = 'x', to = [] }]; no target",
                "alias-patterns = [{ match = 'x', to = [\"joe\"], other = 1 }]; other"
            })
    void aMistakeIsNamedWithItsLine(String line, String problem) {
        assertThatExceptionOfType(SettingsException.class)
                .isThrownBy(() -> read("[domains.\"a.example\"]\n" + line))
                .withMessageContaining("vmail.toml:4: ")
                .withMessageContaining(problem);
    }
}
