package org.vmail.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.CommandLine;
import org.vmail.directory.Directory;
import org.vmail.directory.Fallback;
import org.vmail.directory.Forward;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.InMemoryDirectoryBuilder;
import org.vmail.directory.PasswordHash;

/** One step of routing, in Linuxconf's order: alias, account, fallback. */
class DirectoryRouterTest {
    private static final Domain A = Domain.of("a.example");
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress ANN = MailAddress.of("ann@a.example");

    @Test
    void anAccountIsAMailbox() throws IOException {
        assertThat(route(users(), "joe@a.example")).isEqualTo(new Routing.Mailbox(JOE));
    }

    @Test
    void anAliasComesBeforeAnAccountOfItsName() throws IOException {
        assertThat(route(users().alias("joe@a.example", "ann@a.example"), "joe@a.example"))
                .isEqualTo(new Routing.Alias(Set.of(), List.of(ANN)));
    }

    @Test
    void anAccountComesBeforeTheFallback() throws IOException {
        assertThat(route(users().domain(withFallback("ann")), "joe@a.example")).isEqualTo(new Routing.Mailbox(JOE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe@a.example", "JOE@A.EXAMPLE", "Joe@alias.example", "\"joe\"@a.example"})
    void caseAndAliasDomainsAndQuotesDoNotMatter(String recipient) throws IOException {
        assertThat(route(users(), recipient)).isEqualTo(new Routing.Mailbox(JOE));
    }

    @Test
    void membersKeepTheirOrder() throws IOException {
        assertThat(route(
                        users().alias("all@a.example", "joe@a.example", "x@b.example", "ann@a.example"),
                        "all@a.example"))
                .isEqualTo(new Routing.Alias(Set.of(), List.of(JOE, MailAddress.of("x@b.example"), ANN)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe@a.example", "JOE@a.example", "joe@alias.example", "Joe@Alias.example"})
    void anAliasThatNamesItselfKeepsACopyForTheAccountItHides(String itself) throws IOException {
        assertThat(route(users().alias("joe@a.example", itself, "ann@a.example"), "joe@a.example"))
                .isEqualTo(new Routing.Alias(Set.of(new Destination.Mailbox(JOE)), List.of(ANN)));
    }

    @Test
    void anAliasThatNamesItselfKeepsNoCopyForAnAccountThatIsSwitchedOff() throws IOException {
        InMemoryDirectoryBuilder directory = Directory.inMemory()
                .domain(HostedDomain.of(A))
                .account(new Account(JOE, PasswordHash.locked()).whenDisabled())
                .alias("joe@a.example", "joe@a.example", "ann@a.example");
        assertThat(route(directory, "joe@a.example")).isEqualTo(new Routing.Alias(Set.of(), List.of(ANN)));
    }

    @Test
    void anAliasThatNamesItselfWithoutAnAccountHasNobody() throws IOException {
        assertThat(route(users().alias("ghost@a.example", "ghost@a.example"), "ghost@a.example"))
                .isEqualTo(new Routing.Alias(Set.of(), List.of()));
    }

    @Test
    void anUnusableTargetMakesTheAliasWait() throws IOException {
        Directory directory = mock(Directory.class);
        MailAddress name = MailAddress.of("list@a.example");
        Mockito.when(directory.domain(A)).thenReturn(Optional.of(HostedDomain.of(A)));
        Mockito.when(directory.alias(name))
                .thenReturn(Optional.of(new Alias(
                        name,
                        List.of(
                                new AliasTarget.Address(JOE),
                                new AliasTarget.Unusable("|prog", "commands are not supported")))));

        assertThat(RecipientRouter.over(directory).route(name))
                .isInstanceOfSatisfying(
                        Routing.Misconfigured.class,
                        routing ->
                                assertThat(routing.problem()).contains("list@a.example", "commands are not supported"));
    }

    @Test
    void aListWithAnythingButAddressesMakesItsAliasWait(@TempDir Path folder) throws IOException {
        Path list = folder.resolve("list");
        Alias alias = new Alias(MailAddress.of("list@a.example"), List.of(new AliasTarget.ListFile(list, A)));
        Files.writeString(list, "joe\n# a comment\nann@a.example\n");
        assertThat(route(users().alias(alias), "list@a.example"))
                .isEqualTo(new Routing.Alias(Set.of(), List.of(JOE, ANN)));

        Files.writeString(list, "joe\n|/bin/cat\n");
        assertThat(route(users().alias(alias), "list@a.example"))
                .isInstanceOfSatisfying(
                        Routing.Misconfigured.class,
                        routing -> assertThat(routing.problem()).contains("list@a.example", list.toString()));

        Files.writeString(list, "# nobody yet\n");
        assertThat(route(users().alias(alias), "list@a.example"))
                .as("it may be half written")
                .isInstanceOf(Routing.Misconfigured.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theMailboxOfAnAliasIsThatOfTheAccountAndItsForwardCounts(boolean keepCopy) throws IOException {
        MailAddress away = MailAddress.of("eve@away.example");
        MailAddress eve = MailAddress.of("eve@a.example");
        InMemoryDirectoryBuilder directory = users().account(
                        new Account(eve, PasswordHash.locked()).withForward(new Forward(List.of(away), keepCopy)))
                .alias(new Alias(MailAddress.of("list@a.example"), List.of(new AliasTarget.Mailbox(eve))));
        assertThat(route(directory, "list@a.example"))
                .isEqualTo(
                        new Routing.Alias(keepCopy ? Set.of(new Destination.Mailbox(eve)) : Set.of(), List.of(away)));
    }

    @Test
    void aFallbackThatIsAProgramWaitsWhileProgramsAreSwitchedOff() throws IOException {
        assertThat(route(users().domain(withFallback("|/bin/cat")), "nobody@a.example"))
                .isInstanceOfSatisfying(
                        Routing.Misconfigured.class,
                        routing -> assertThat(routing.problem()).contains("a.example", "switched off"));
        assertThat(route(users().domain(withFallback("|/bin/cat").withCommands(true)), "nobody@a.example"))
                .isEqualTo(new Routing.Alias(
                        Set.of(new Destination.Command(
                                MailAddress.of("nobody@a.example"), CommandLine.parse("/bin/cat"))),
                        List.of()));
    }

    @Test
    void anUnknownNameWithoutFallbackIsUnknown() throws IOException {
        assertThat(route(users(), "nobody@a.example")).isEqualTo(new Routing.Unknown());
    }

    @Test
    void anotherDomainIsElsewhere() throws IOException {
        assertThat(route(users(), "joe@b.example")).isEqualTo(new Routing.Elsewhere());
    }

    @Test
    void aFallbackCanBeAnAddressAnywhere() throws IOException {
        assertThat(route(users().domain(withFallback("who@other.example")), "nobody@a.example"))
                .isEqualTo(new Routing.Alias(Set.of(), List.of(MailAddress.of("who@other.example"))));
    }

    @Test
    void aFallbackCanBeTheSameNameInAnotherDomain() throws IOException {
        assertThat(route(users().domain(withFallback("@other.example")), "Nobody@alias.example"))
                .isEqualTo(new Routing.Alias(Set.of(), List.of(MailAddress.of("Nobody@other.example"))));
    }

    @Test
    void aFallbackCanBeAnAccountOfTheDomain() throws IOException {
        assertThat(route(users().domain(withFallback("joe")), "nobody@a.example"))
                .isEqualTo(new Routing.Alias(Set.of(), List.of(JOE)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ghost@a.example", "GHOST@a.example", "ghost@A.example"})
    void aFallbackThatDoesNotExistIsUnknown(String recipient) throws IOException {
        assertThat(route(users().domain(withFallback("ghost")), recipient)).isEqualTo(new Routing.Unknown());
    }

    @Test
    void aDirectoryThatCannotTellIsNotUnknown() {
        Directory directory = mock(Directory.class, call -> {
            throw new IOException("away");
        });

        assertThatThrownBy(() -> RecipientRouter.over(directory).route(JOE)).isInstanceOf(IOException.class);
    }

    private static Routing route(InMemoryDirectoryBuilder directory, String recipient) throws IOException {
        return RecipientRouter.over(directory.build()).route(MailAddress.of(recipient));
    }

    private static InMemoryDirectoryBuilder users() {
        return Directory.inMemory()
                .domain(HostedDomain.of(A).withAliases(List.of(Domain.of("alias.example"))))
                .account("joe@a.example", "x")
                .account(new Account(ANN, PasswordHash.locked()));
    }

    private static HostedDomain withFallback(String text) {
        return HostedDomain.of(A)
                .withAliases(List.of(Domain.of("alias.example")))
                .withFallback(Fallback.parse(text, A));
    }
}
