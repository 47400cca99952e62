package org.vmail.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoginRewritingTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "([^@]+)\\.vip; $1@vip.example; joe.vip; joe@vip.example",
                "([^@]+)\\.vip; $1@vip.example; joe.vip.; joe.vip.",
                "([^@]+)\\.vip; $1@vip.example; joe@x.vip; joe@x.vip",
                "(?<user>.*)\\+pop; ${user}; joe@a.example+pop; joe@a.example",
                "(?i)web\\d+p(\\d); w$1@a.example; WEB12P3; w3@a.example",
                "(a)|(b); [$1$2]; b; [b]",
                "joe; \\$1; joe; $1",
                "(.)(.)?; $2$1; x; x",
                "jo; ann; joe; joe",
                "oe; ann; joe; joe"
            })
    void aLoginThatMatchesAsAWholeIsReplaced(String expression, String replacement, String login, String rewritten) {
        assertThat(LoginRewriting.rule(expression, replacement).rewrite(login)).contains(rewritten);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"(; x", "[; x", "a{2,1}; x", "joe; $1", "(j)oe; $2", "(?<user>j)oe; ${nobody}", "joe; $", "joe; \\"
            })
    void aRuleThatCannotWorkIsRefusedAtOnce(String expression, String replacement) {
        assertThatIllegalArgumentException().isThrownBy(() -> LoginRewriting.rule(expression, replacement));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+b",
                "(a*)*b",
                "(a|aa)+b",
                "(a|a?)+b",
                "(.*a){20}b",
                "a*a*a*a*a*a*a*a*b",
                "(?:(?:a+)+)+b",
                "(a?){30}a{30}b",
                "((a{1,20}){1,20}){1,20}b",
                "(?=(a+)+b)a*"
            })
    void noExpressionTakesLongForAnyLogin(String expression) {
        LoginRewriting rule = LoginRewriting.rule(expression, "x");
        for (int length : new int[] {30, 100, LoginRewriting.MAX_CHARS}) {
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> rule.rewrite("a".repeat(length)));
        }
    }

    @Test
    void anExpressionThatGivesUpMakesNoLogin() {
        LoginRewriting rule = LoginRewriting.rule("(.*)(.*)(.*)(.*)(.*)(.*)b", "x");
        assertThat(rule.rewrite("a".repeat(100))).isEmpty();
        assertThat(rule.rewrite("aaab")).contains("x");
        assertThat(LoginSplitter.standard().after(rule).split("a".repeat(64))).isEmpty();
        assertThat(LoginSplitter.standard().split("a".repeat(64))).isPresent();
    }

    @Test
    void aLoginThatIsLongerThanAnyAddressIsRefused() {
        LoginRewriting rule = LoginRewriting.rule("(x*)(y?)", "$1");
        assertThat(rule.rewrite("x".repeat(511) + "y")).contains("x".repeat(511));
        assertThat(rule.rewrite("x".repeat(513))).isEmpty();
    }

    @Test
    void rewritingsAreAppliedOneAfterTheOther() {
        LoginRewriting all = LoginRewriting.trimming()
                .then(LoginRewriting.lowerCasing())
                .then(LoginRewriting.rule("(.*)#(.*)", "$1@$2"))
                .then(LoginRewriting.rule("(.*)@short", "$1@long.example"));
        assertThat(all.rewrite("\t Joe#SHORT ")).contains("joe@long.example");
        assertThat(all.then(text -> Optional.empty()).rewrite("joe")).isEmpty();
    }

    @Test
    void lowerCaseDoesNotDependOnTheCountry() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr-TR"));
            assertThat(LoginRewriting.lowerCasing().rewrite("INFO@A.EXAMPLE")).contains("info@a.example");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void whatARuleMakesIsCheckedLikeAnyLogin() {
        LoginSplitter splitter = LoginSplitter.standard().after(LoginRewriting.rule("(.*)!(.*)", "$2@$1.example"));
        assertThat(splitter.split("a!joe")).contains(new Login.Qualified(MailAddress.of("joe@a.example")));
        assertThat(splitter.split("a!../joe")).isEmpty();
        assertThat(splitter.split("a/b!joe")).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void hostileTextIsRewrittenIntoSafePartsOrNotAtAll(long seed) {
        HostileText texts = new HostileText(seed);
        LoginSplitter splitter = LoginSplitter.domainBefore("/\\")
                .or(LoginSplitter.atLastOf("@%:!"))
                .after(LoginRewriting.trimming()
                        .then(LoginRewriting.lowerCasing())
                        .then(LoginRewriting.rule("(.*)\\.vip", "$1@vip.example")));
        int accepted = 0;
        for (int i = 0; i < 4000; i++) {
            String text = i % 2 == 0 ? texts.next() : texts.nextAddress();
            accepted += (int) splitter.split(text).map(MailAddressTest::inSomeDomain).stream()
                    .peek(MailAddressTest::assertSafe)
                    .count();
        }
        assertThat(accepted).isGreaterThan(200);
    }
}
