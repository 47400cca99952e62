package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** What every {@link Directory} keeps to. */
public abstract class DirectoryContract {
    protected static final Domain A = Domain.of("a.example");
    protected static final Domain ALIAS_OF_A = Domain.of("alias.example");
    protected static final Domain B = Domain.of("b.example");

    /**
     * A directory with the domains a.example, which is alias.example too and whose mail for unknown names goes to Joe, and
     * b.example; with {@code Joe@a.example} (Joe Who, password hash {@code {PLAIN}joe-a}), {@code joe@b.example} ({@code
     * {PLAIN}joe-b}) and {@code jörg@a.example}; and with the alias {@code Staff@a.example} for {@code joe@a.example} and
     * {@code ann@elsewhere.example}.
     */
    protected abstract Directory directory() throws IOException;

    /** Makes everything behind the directory fail. An implementation that has nothing there does not override it. */
    protected void breakBackEnd() throws Exception {
        abort("nothing can fail");
    }

    /** Changes the hash of {@code joe@a.example} to {@code {PLAIN}changed} behind the directory's back, if it has one. */
    protected void changePasswordOfJoe() throws Exception {
        abort("nothing changes");
    }

    /** Lets the time pass after which a change counts, or half of it if the directory has to be asked in between. */
    protected void letTimePass() {}

    /** Whether there are aliases at all. */
    protected boolean hasAliases() {
        return true;
    }

    /** Whether users are found by their full names. */
    protected boolean hasFullNames() {
        return true;
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe@a.example", "JOE@A.EXAMPLE", "Joe@alias.example", "joe@Alias.Example"})
    void anAccountIsFoundInAnyCaseAndUnderEveryNameOfItsDomain(String address) throws IOException {
        assertThat(directory().account(MailAddress.of(address)).map(Account::address))
                .as("one canonical address: mailboxes are stored under it")
                .contains(MailAddress.of("joe@a.example"));
    }

    @Test
    void theSameNameInTwoDomainsIsTwoAccounts() throws IOException {
        assertThat(directory().account(MailAddress.of("joe@a.example")).map(Account::passwordHash))
                .contains(PasswordHash.plain("joe-a"));
        assertThat(directory().account(MailAddress.of("joe@b.example")).map(Account::passwordHash))
                .contains(PasswordHash.plain("joe-b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jörg@a.example", "JÖRG@a.example", "jo\u0308rg@a.example"})
    void aNameInAnyScriptIsFoundInAnyCaseAndNormalForm(String address) throws IOException {
        assertThat(directory().account(MailAddress.of(address)).map(Account::address))
                .contains(MailAddress.of("jörg@a.example"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"staff@a.example", "STAFF@a.example", "staff@alias.example"})
    void anAliasIsFoundInAnyCaseAndUnderEveryNameOfItsDomain(String address) throws IOException {
        assumeTrue(hasAliases());
        assertThat(directory().alias(MailAddress.of(address)))
                .contains(new Alias(
                        MailAddress.of("staff@a.example"),
                        List.of(
                                new AliasTarget.Address(MailAddress.of("joe@a.example")),
                                new AliasTarget.Address(MailAddress.of("ann@elsewhere.example")))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nobody@a.example",
                "jörg@b.example",
                "joe@elsewhere.example",
                "joe.who@a.example",
                "joe+x@a.example",
                "\"joe who\"@a.example"
            })
    void whoIsUnknownIsEmpty(String address) throws IOException {
        assertThat(directory().account(MailAddress.of(address))).isEmpty();
        assertThat(directory().alias(MailAddress.of(address))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe.who@a.example", "JOE.Who@a.example", "joe.who@alias.example"})
    void aUserIsFoundByTheFullNameInAnyCaseAndUnderEveryNameOfTheDomain(String address) throws IOException {
        assumeTrue(hasFullNames());
        assertThat(directory().accountOfFullName(MailAddress.of(address)).map(Account::address))
                .contains(MailAddress.of("joe@a.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "joe@a.example",
                "staff@a.example",
                "joe.who@b.example",
                "joe.w@a.example",
                "joe%@a.example",
                "joe_who@a.example",
                "joe.who@elsewhere.example"
            })
    void aNameThatNobodyHasInFullIsEmpty(String address) throws IOException {
        assertThat(directory().accountOfFullName(MailAddress.of(address))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x'or'1'='1@a.example",
                "\"joe';--\"@a.example",
                "%@a.example",
                "joe%@a.example",
                "*@a.example",
                "j?e@a.example"
            })
    void aNameIsNeverMoreThanAName(String address) throws IOException {
        assertThat(directory().account(MailAddress.of(address))).isEmpty();
        assertThat(directory().alias(MailAddress.of(address))).isEmpty();
        assertThat(directory().accountOfFullName(MailAddress.of(address))).isEmpty();
    }

    @Test
    void whoCannotTellThrows() throws Exception {
        Directory directory = directory();
        breakBackEnd();
        MailAddress joe = MailAddress.of("joe@a.example");
        assertThatIOException().isThrownBy(() -> directory.domain(A));
        assertThatIOException().isThrownBy(() -> directory.mainName(A));
        assertThatIOException().isThrownBy(() -> directory.account(joe));
        assertThatIOException().isThrownBy(() -> directory.alias(MailAddress.of("staff@a.example")));
        assertThatIOException().isThrownBy(() -> directory.account(MailAddress.of("nobody@a.example")));
    }

    @Test
    void aChangedPasswordCountsInTime() throws Exception {
        Directory directory = directory();
        MailAddress joe = MailAddress.of("joe@a.example");
        assertThat(directory.account(joe).map(Account::passwordHash)).contains(PasswordHash.plain("joe-a"));
        changePasswordOfJoe();
        for (int i = 0; i < 3; i++) {
            letTimePass();
            assertThat(directory.account(joe)).isPresent();
        }
        assertThat(directory.account(joe).map(Account::passwordHash)).contains(PasswordHash.plain("changed"));
    }

    @Test
    void manyThreadsMayAskAtOnce() throws Exception {
        Directory directory = directory();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> answers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                String name = List.of("joe", "nobody", "JOE", "jörg").get(i % 4);
                answers.add(threads.submit(() -> {
                    letTimePass();
                    return directory
                                            .account(MailAddress.of(name + "@alias.example"))
                                            .isPresent()
                                    != name.equals("nobody")
                            && directory.domain(B).isPresent();
                }));
            }
            for (Future<Boolean> answer : answers) {
                assertThat(answer.get(30, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anAliasIsNoAccountAndAnAccountNoAlias() throws IOException {
        assertThat(directory().account(MailAddress.of("staff@a.example"))).isEmpty();
        assertThat(directory().alias(MailAddress.of("joe@a.example"))).isEmpty();
        assertThat(directory().alias(MailAddress.of("staff@b.example"))).isEmpty();
    }

    @Test
    void aDomainIsFoundUnderAllOfItsNames() throws IOException {
        for (Domain name : List.of(A, ALIAS_OF_A)) {
            assertThat(directory().mainName(name)).contains(A);
            assertThat(directory().domain(name)).hasValueSatisfying(domain -> {
                assertThat(domain.name()).isEqualTo(A);
                assertThat(domain.aliases()).containsExactly(ALIAS_OF_A);
                assertThat(domain.fallback()).contains(new Fallback.ToAddress(MailAddress.of("joe@a.example")));
            });
        }
        assertThat(directory().domain(B)).hasValueSatisfying(domain -> {
            assertThat(domain.aliases()).isEmpty();
            assertThat(domain.fallback()).isEmpty();
        });
    }

    @Test
    void aDomainThatIsNotHostedIsEmpty() throws IOException {
        for (String name : List.of("elsewhere.example", "example", "mail.a.example", "aa.example")) {
            assertThat(directory().domain(Domain.of(name))).isEmpty();
            assertThat(directory().mainName(Domain.of(name))).isEmpty();
        }
    }

    @Test
    void aNameThatGrowsInLowerCaseIsSimplyUnknown() throws IOException {
        assertThat(directory().account(new MailAddress("\u0130".repeat(32), A))).isEmpty();
        assertThat(directory().alias(new MailAddress("\u0130".repeat(32), A))).isEmpty();
    }

    @Test
    void itsTextShowsNoSecret() throws IOException {
        Directory directory = directory();
        assertThat(directory.toString()).doesNotContain("joe-a", "joe-b");
        assertThat(directory.account(MailAddress.of("joe@a.example")).toString())
                .doesNotContain("joe-a");
    }
}
