package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

class InMemoryDirectoryTest extends DirectoryContract {
    @Override
    protected Directory directory() {
        return Directory.inMemory()
                .domain(HostedDomain.of(A)
                        .withAliases(List.of(ALIAS_OF_A))
                        .withFallback(new Fallback.ToAddress(MailAddress.of("joe@a.example"))))
                .account(new Account(MailAddress.of("Joe@a.example"), PasswordHash.plain("joe-a"))
                        .withFullName("Joe Who"))
                .account("joe@b.example", "joe-b")
                .account("jörg@a.example", "x")
                .alias("Staff@a.example", "joe@a.example", "ann@elsewhere.example")
                .build();
    }

    @Test
    void anAccountOrAnAliasMakesItsDomainExist() throws IOException {
        Directory directory = Directory.inMemory()
                .account("joe@c.example", "x")
                .alias("staff@d.example", "joe@c.example")
                .build();
        assertThat(directory.domain(Domain.of("c.example"))).isPresent();
        assertThat(directory.domain(Domain.of("d.example"))).isPresent();
    }

    @Test
    void theSettingsOfADomainMayFollowItsAccounts() throws IOException {
        Directory directory = Directory.inMemory()
                .account("joe@a.example", "x")
                .domain(HostedDomain.of(A).withAliases(List.of(ALIAS_OF_A)))
                .build();
        assertThat(directory.account(new MailAddress("joe", ALIAS_OF_A))).isPresent();
    }

    @Test
    void whatIsBuiltDoesNotChange() throws IOException {
        InMemoryDirectoryBuilder builder = Directory.inMemory().account("joe@a.example", "x");
        Directory directory = builder.build();
        builder.account("ann@a.example", "x");
        assertThat(directory.account(MailAddress.of("ann@a.example"))).isEmpty();
        assertThat(builder.build().account(MailAddress.of("ann@a.example"))).isPresent();
    }

    @Test
    void aNameIsOfOneDomainOnly() {
        InMemoryDirectoryBuilder twoDomainsOneAlias = Directory.inMemory()
                .domain(HostedDomain.of(A).withAliases(List.of(ALIAS_OF_A)))
                .domain(HostedDomain.of(B).withAliases(List.of(ALIAS_OF_A)));
        assertThatIllegalArgumentException().isThrownBy(twoDomainsOneAlias::build);
        InMemoryDirectoryBuilder accountUnderAlias = Directory.inMemory()
                .domain(HostedDomain.of(A).withAliases(List.of(ALIAS_OF_A)))
                .account("joe@alias.example", "x");
        assertThatIllegalArgumentException().isThrownBy(accountUnderAlias::build);
    }

    @Test
    void anAliasHasATarget() {
        InMemoryDirectoryBuilder builder = Directory.inMemory();
        assertThatIllegalArgumentException().isThrownBy(() -> builder.alias("staff@a.example"));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.alias("staff@a.example", "joe"));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.account("joe", "x"));
    }

    @Test
    void aUserIsFoundByHisFullNameUnlessSomebodyElseHasIt() throws IOException {
        InMemoryDirectoryBuilder builder = Directory.inMemory()
                .account(account("joe").withFullName(" Joe  Who "))
                .account(account("ann").withFullName(""));
        MailAddress name = MailAddress.of("joe.WHO@a.example");

        assertThat(builder.build().accountOfFullName(name).map(Account::address))
                .contains(MailAddress.of("joe@a.example"));
        assertThat(builder.account(account("other").withFullName("joe who"))
                        .build()
                        .accountOfFullName(name))
                .isEmpty();
    }

    @Test
    void whoIsDisabledCannotLogInWhateverHashThereIs() {
        Account disabled = account("joe").whenDisabled();
        assertThat(disabled.passwordHash().isLocked()).isTrue();
        assertThat(disabled.withPasswordHash(PasswordHash.plain("x"))
                        .passwordHash()
                        .isLocked())
                .isTrue();
    }

    private static Account account(String name) {
        return new Account(new MailAddress(name, A), PasswordHash.plain("x"));
    }
}
