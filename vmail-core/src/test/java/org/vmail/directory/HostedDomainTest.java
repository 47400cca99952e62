package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;

class HostedDomainTest {
    private static final HostedDomain PLAIN = HostedDomain.of(Domain.of("a.example"));

    @Test
    void theDefaultsTrustNobody() {
        assertThat(PLAIN.commands()).isFalse();
        assertThat(PLAIN.fallback()).isEmpty();
        assertThat(PLAIN.fullNames()).isFalse();
        assertThat(PLAIN.aliasPatterns()).isEmpty();
        assertThat(PLAIN.filter()).isEmpty();
    }

    @Test
    void aChangeLeavesTheOriginalAndTheOtherSettings() {
        HostedDomain changed = PLAIN.withCommands(true)
                .withFullNames(true)
                .withSubaddressDelimiters("-_")
                .withAliasFiles(List.of(Path.of("/etc/aliases")))
                .withAliasPatterns(List.of(AliasPattern.of("x", "y")))
                .withFilter(CommandLine.parse("/bin/cat %d %f"))
                .withDefaultQuota(Quota.ofOctets(7))
                .withOverQuotaReply(OverQuotaReply.PERMANENT)
                .withMaxAccounts(3)
                .withAutoResponses(false);
        assertThat(changed.commands()).isTrue();
        assertThat(changed.fullNames()).isTrue();
        assertThat(changed.subaddressDelimiters()).isEqualTo("-_");
        assertThat(changed.aliasFiles()).containsExactly(Path.of("/etc/aliases"));
        assertThat(changed.aliasPatterns()).hasSize(1);
        assertThat(changed.filter()).isPresent();
        assertThat(changed.defaultQuota()).isEqualTo(Quota.ofOctets(7));
        assertThat(changed.overQuotaReply()).isEqualTo(OverQuotaReply.PERMANENT);
        assertThat(changed.maxAccounts()).hasValue(3);
        assertThat(changed.autoResponses()).isFalse();
        assertThat(PLAIN.maxAccounts()).isEmpty();
        assertThat(PLAIN.subaddressDelimiters()).isEqualTo("+");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "+9", "@", " ", "\"", "/", "\u00e4"})
    void aDelimiterIsNoLetterAndNeedsNoQuotes(String delimiters) {
        assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withSubaddressDelimiters(delimiters));
    }

    @Test
    void valuesThatCannotBeMeantAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withMaxAccounts(0));
        assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withAliasFiles(List.of(Path.of("aliases"))));
        assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withFilter(CommandLine.parse("/bin/cat %u")));
        assertThatIllegalArgumentException().isThrownBy(() -> Quota.ofOctets(-1));
    }
}
