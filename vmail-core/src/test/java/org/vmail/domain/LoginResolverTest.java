package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmail.address.Domain;
import org.vmail.address.LoginRewriting;
import org.vmail.address.LoginSplitter;
import org.vmail.address.MailAddress;

class LoginResolverTest {
    private static final Domain A = Domain.of("a.example");
    private static final Domain B = Domain.of("b.example");
    private static final Domain ALIAS_OF_A = Domain.of("alias.example");
    private static final Domain DEFAULT = Domain.of("default.example");
    private static final Domain ALIAS_OF_DEFAULT = Domain.of("alias.default.example");
    private static final Map<Domain, Domain> MAIN_NAMES =
            Map.of(A, A, B, B, ALIAS_OF_A, A, DEFAULT, DEFAULT, ALIAS_OF_DEFAULT, DEFAULT);
    private static final HostedDomains HOSTED = name -> Optional.ofNullable(MAIN_NAMES.get(name));

    private static final Map<String, DomainChoice> CONNECTIONS = Map.of(
            "for a.example", new DomainChoice.Hosted(A, "THE-TARGET"),
            "shared", new DomainChoice.Shared("THE-TARGET"),
            "not hosted", new DomainChoice.NotHosted("THE-TARGET"),
            "disputed", new DomainChoice.Disputed("THE-TARGET"));
    private static final Map<String, DomainPolicy> POLICIES = Map.of(
            "login wins", DomainPolicy.loginWins(),
            "connection wins", DomainPolicy.connectionWins(),
            "must agree", DomainPolicy.mustAgree());

    /** Every combination of the first four columns is in exactly one row; * is any. */
    private static final String TABLE = """
            login             | connection           | policy          | default | means               | because of
            *                 | disputed             | *               | *       | nobody              | THE-TARGET
            joe               | for a.example        | *               | *       | joe@a.example       | THE-TARGET
            joe               | shared or not hosted | *               | some    | joe@default.example | default domain, THE-TARGET
            joe               | shared or not hosted | *               | none    | nobody              | no default domain, THE-TARGET
            joe@a.example     | for a.example        | *               | *       | joe@a.example       | the login names it, the connection agrees, THE-TARGET
            joe@a.example     | shared or not hosted | *               | *       | joe@a.example       | the login names it, THE-TARGET
            joe@alias.example | for a.example        | *               | *       | joe@a.example       | the login names it, the connection agrees, THE-TARGET
            joe@alias.example | shared or not hosted | *               | *       | joe@a.example       | the login names it, THE-TARGET
            joe@b.example     | shared or not hosted | *               | *       | joe@b.example       | the login names it, THE-TARGET
            joe@b.example     | for a.example        | login wins      | *       | joe@b.example       | policy login wins, b.example, THE-TARGET, a.example
            joe@b.example     | for a.example        | connection wins | *       | joe@a.example       | policy connection wins, b.example, THE-TARGET, a.example
            joe@b.example     | for a.example        | must agree      | *       | nobody              | policy must agree, b.example, THE-TARGET, a.example
            ../joe@a.example  | for a.example or shared or not hosted | * | * | nobody              | no name that a user can have
            """;

    static Stream<Arguments> everyCombination() {
        return Stream.of("joe", "joe@a.example", "joe@alias.example", "joe@b.example", "../joe@a.example")
                .flatMap(login -> CONNECTIONS.keySet().stream()
                        .flatMap(connection -> POLICIES.keySet().stream()
                                .flatMap(policy -> Stream.of("some", "none")
                                        .map(domain -> Arguments.of(login, connection, policy, domain)))));
    }

    @ParameterizedTest(name = "{0}, connection {1}, {2}, default domain: {3}")
    @MethodSource("everyCombination")
    void loginAndConnectionTogetherMeanOneAccount(String login, String connection, String policy, String defaultDomain)
            throws IOException {
        List<String> row = row(login, connection, policy, defaultDomain);
        LoginResolver resolver = LoginResolver.over(HOSTED).withPolicy(POLICIES.get(policy));
        LoginResolution resolution = (defaultDomain.equals("some") ? resolver.withDefaultDomain(DEFAULT) : resolver)
                .resolve(login, CONNECTIONS.get(connection));
        assertThat(meaning(resolution)).isEqualTo(row.get(4));
        assertThat(reason(resolution)).contains(Splitter.on(", ").split(row.get(5)));
    }

    private static List<String> row(String... given) {
        List<List<String>> rows = TABLE.lines()
                .map(line -> Splitter.on('|').trimResults().splitToList(line))
                .filter(row -> matches(row.get(0), given[0])
                        && matches(row.get(1), given[1])
                        && matches(row.get(2), given[2])
                        && matches(row.get(3), given[3]))
                .toList();
        assertThat(rows).hasSize(1);
        return rows.get(0);
    }

    private static boolean matches(String cell, String value) {
        return cell.equals("*")
                || cell.equals(value)
                || Splitter.on(" or ").splitToList(cell).contains(value);
    }

    private static String meaning(LoginResolution resolution) {
        return resolution instanceof LoginResolution.Resolved resolved
                ? resolved.address().toString()
                : "nobody";
    }

    private static String reason(LoginResolution resolution) {
        return resolution instanceof LoginResolution.Resolved resolved
                ? resolved.rule()
                : ((LoginResolution.Refused) resolution).reason();
    }

    @Test
    void theDefaultsAreAtSignLoginWinsAndNoDefaultDomain() throws IOException {
        LoginResolver resolver = LoginResolver.over(HOSTED);
        assertThat(meaning(resolver.resolve("joe@b.example", CONNECTIONS.get("for a.example"))))
                .isEqualTo("joe@b.example");
        assertThat(meaning(resolver.resolve("joe", CONNECTIONS.get("shared")))).isEqualTo("nobody");
        assertThat(meaning(resolver.resolve("joe%b.example", CONNECTIONS.get("for a.example"))))
                .isEqualTo("joe%b.example@a.example");
    }

    @Test
    void aLoginNamesItsDomainOrDoesNot() {
        LoginResolver resolver = LoginResolver.over(HOSTED);
        assertThat(resolver.namesDomain("joe@a.example")).isTrue();
        assertThat(resolver.namesDomain("joe@not.hosted.example")).isTrue();
        assertThat(resolver.namesDomain("joe")).isFalse();
        assertThat(resolver.namesDomain("")).isFalse();
    }

    @Test
    void anotherSplitterUnderstandsOtherDelimiters() throws IOException {
        LoginResolver resolver = LoginResolver.over(HOSTED).withSplitter(LoginSplitter.atLastOf("@%"));
        assertThat(meaning(resolver.resolve("joe%b.example", CONNECTIONS.get("shared"))))
                .isEqualTo("joe@b.example");
    }

    @Test
    void fullAddressesAndBareLoginsAndOtherFormsWorkOnTheSameConnection() throws IOException {
        LoginSplitter forms = LoginSplitter.domainBefore("/\\").or(LoginSplitter.atLastOf("@%:"));
        LoginResolver resolver = LoginResolver.over(HOSTED)
                .withDefaultDomain(DEFAULT)
                .withSplitter(forms.after(
                        LoginRewriting.trimming().then(LoginRewriting.rule("([^@]+)\\.b", "$1@b.example"))));
        DomainChoice shared = CONNECTIONS.get("shared");
        for (String login : List.of(
                "joe@b.example", "joe%b.example", "joe:b.example", "b.example/joe", "B.EXAMPLE\\joe", " joe.b ")) {
            assertThat(meaning(resolver.resolve(login, shared))).as(login).isEqualTo("joe@b.example");
        }
        assertThat(meaning(resolver.resolve("alias.example/joe", shared))).isEqualTo("joe@a.example");
        assertThat(meaning(resolver.resolve("joe", shared))).isEqualTo("joe@default.example");
        assertThat(meaning(resolver.resolve("joe", CONNECTIONS.get("for a.example"))))
                .isEqualTo("joe@a.example");
    }

    @Test
    void theDefaultDomainMayBeGivenByAnAliasName() throws IOException {
        LoginResolver resolver = LoginResolver.over(HOSTED).withDefaultDomain(ALIAS_OF_DEFAULT);
        assertThat(meaning(resolver.resolve("joe", CONNECTIONS.get("shared")))).isEqualTo("joe@default.example");
    }

    @Test
    void theConnectionsDomainMayBeGivenByAnAliasName() throws IOException {
        LoginResolver resolver = LoginResolver.over(HOSTED).withPolicy(DomainPolicy.mustAgree());
        DomainChoice connection = new DomainChoice.Hosted(ALIAS_OF_DEFAULT, "a table of the application");
        assertThat(meaning(resolver.resolve("joe", connection))).isEqualTo("joe@default.example");
        assertThat(meaning(resolver.resolve("joe@default.example", connection))).isEqualTo("joe@default.example");
    }

    @Test
    void aDomainThatIsNotHostedIsResolvedToItself() throws IOException {
        assertThat(meaning(LoginResolver.over(HOSTED).resolve("joe@elsewhere.example", CONNECTIONS.get("not hosted"))))
                .isEqualTo("joe@elsewhere.example");
    }

    @Test
    void aPolicyOfTheApplicationDecides() throws IOException {
        LoginResolver resolver = LoginResolver.over(HOSTED)
                .withPolicy((login, connection) -> login.equals(B) ? Optional.of(DEFAULT) : Optional.empty());
        assertThat(meaning(resolver.resolve("joe@b.example", CONNECTIONS.get("for a.example"))))
                .isEqualTo("joe@default.example");
    }

    @Test
    void theCaseOfTheLocalPartIsForTheDirectoryToDecide() throws IOException {
        LoginResolution resolution = LoginResolver.over(HOSTED).resolve("Joe@A.Example", CONNECTIONS.get("shared"));
        assertThat(resolution)
                .isInstanceOfSatisfying(
                        LoginResolution.Resolved.class,
                        resolved -> assertThat(resolved.address()).isEqualTo(new MailAddress("Joe", A)));
    }

    @Test
    void hostedDomainsThatCannotBeToldNowAreAnIoException() {
        LoginResolver resolver = LoginResolver.over(name -> {
            throw new IOException("the database is away");
        });
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> resolver.resolve("joe@a.example", CONNECTIONS.get("shared")));
    }
}
