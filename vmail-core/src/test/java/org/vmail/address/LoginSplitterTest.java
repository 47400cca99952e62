package org.vmail.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoginSplitterTest {

    @ParameterizedTest
    @CsvSource({
        "@, joe@a.example, joe, a.example",
        "@, Joe@A.Example, Joe, a.example",
        "@, joe%a.example@b.example, joe%a.example, b.example",
        "@, joe@home@a.example, joe@home, a.example",
        "@, joe who@a.example, joe who, a.example",
        "@, joe@münchen.example, joe, xn--mnchen-3ya.example",
        "@%:!, joe%a.example, joe, a.example",
        "@%:!, joe:a.example, joe, a.example",
        "@%:!, joe!a.example, joe, a.example",
        "@%:!, joe@a.example, joe, a.example",
        "@%:!, joe@b.example%a.example, joe@b.example, a.example",
        "@%:!, joe%b.example@a.example, joe%b.example, a.example",
        "%, joe@home%a.example, joe@home, a.example"
    })
    void theLastDelimiterSeparatesUserAndDomain(String delimiters, String text, String user, String domain) {
        assertThat(LoginSplitter.atLastOf(delimiters).split(text))
                .contains(new Login.Qualified(new MailAddress(user, Domain.of(domain))));
    }

    @ParameterizedTest
    @CsvSource({
        "@, joe",
        "@, Joe",
        "@, joe.who",
        "@, joe%a.example",
        "@, joe who",
        "@, jörg",
        "%, joe@a.example",
        "@%:!, joe+lists"
    })
    void aLoginWithoutADelimiterIsBare(String delimiters, String text) {
        assertThat(LoginSplitter.atLastOf(delimiters).split(text)).contains(new Login.Bare(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "@",
                "joe@",
                "@a.example",
                "joe@a.example@",
                "joe@.",
                "joe@../b.example",
                "joe@127.0.0.1",
                "joe@a.example\r\n",
                "../joe",
                ".joe@a.example",
                "jo/e@a.example",
                "joe\0@a.example",
                "joe\r\nDELE 1",
                " joe"
            })
    void aTextThatNoUserCanBeCalledIsNoLogin(String text) {
        assertThat(LoginSplitter.standard().split(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "Z", "0", ".", "-", "@.", "@x", "ü", "@-"})
    void aDelimiterThatADomainCanContainIsRefused(String delimiters) {
        assertThatIllegalArgumentException().isThrownBy(() -> LoginSplitter.atLastOf(delimiters));
    }

    @ParameterizedTest
    @CsvSource({
        "/, a.example/joe, joe, a.example",
        "/\\, A.Example\\Joe, Joe, a.example",
        ":, a.example:joe:home, joe:home, a.example",
        "/, a.example/joe@b.example, joe@b.example, a.example",
        "/, münchen.example/joe, joe, xn--mnchen-3ya.example"
    })
    void theFirstDelimiterSeparatesDomainAndUser(String delimiters, String text, String user, String domain) {
        assertThat(LoginSplitter.domainBefore(delimiters).split(text))
                .contains(new Login.Qualified(new MailAddress(user, Domain.of(domain))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/joe", "a.example/", "/", "../joe", "a.example/joe/x", "a.example/../joe", "a b/joe"})
    void aDomainInFrontMustBeOneAndAUserBehindIt(String text) {
        assertThat(LoginSplitter.domainBefore("/").split(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "Z", "0", ".", "-", "/x"})
    void aDelimiterBehindADomainMustBeNoneThatItCanContain(String delimiters) {
        assertThatIllegalArgumentException().isThrownBy(() -> LoginSplitter.domainBefore(delimiters));
    }

    @Test
    void severalFormsWorkTogetherInAnyOrder() {
        LoginSplitter before = LoginSplitter.domainBefore("/");
        LoginSplitter behind = LoginSplitter.atLastOf("@%");
        for (LoginSplitter forms : List.of(before.or(behind), behind.or(before))) {
            for (String text : List.of("joe@a.example", "joe%a.example", "a.example/joe")) {
                assertThat(forms.split(text)).contains(new Login.Qualified(MailAddress.of("joe@a.example")));
            }
            assertThat(forms.split("joe")).contains(new Login.Bare("joe"));
            for (String text : List.of("", "joe@", "/joe", "a.example/", "joe@a/b", "../joe")) {
                assertThat(forms.split(text)).as(text).isEmpty();
            }
        }
    }

    @Test
    void theFirstFormThatFindsADomainDecides() {
        LoginSplitter before = LoginSplitter.domainBefore("/");
        assertThat(before.or(LoginSplitter.standard()).split("a.example/joe@b.example"))
                .contains(new Login.Qualified(new MailAddress("joe@b.example", Domain.of("a.example"))));
        assertThat(LoginSplitter.atLastOf("%").or(LoginSplitter.standard()).split("50%off@a.example"))
                .as("off@a.example is no domain")
                .contains(new Login.Qualified(MailAddress.of("50%off@a.example")));
    }

    @Test
    void theStandardDelimiterIsTheAtSign() {
        assertThat(LoginSplitter.standard().split("joe@a.example"))
                .contains(new Login.Qualified(MailAddress.of("joe@a.example")));
        assertThat(LoginSplitter.standard().split("joe:a.example")).contains(new Login.Bare("joe:a.example"));
    }

    @Test
    void aBareLoginIsAnAddressInAnyDomain() {
        assertThat(new Login.Bare("joe").at(Domain.of("a.example"))).isEqualTo(MailAddress.of("joe@a.example"));
        assertThat(new Login.Bare("jo\u0308rg")).isEqualTo(new Login.Bare("j\u00f6rg"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Login.Bare("../joe"));
    }

    @Test
    void aLoginReadsAsItWasTyped() {
        assertThat(new Login.Bare("joe")).hasToString("joe");
        assertThat(new Login.Qualified(MailAddress.of("joe@a.example"))).hasToString("joe@a.example");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void hostileTextIsSplitIntoSafePartsOrNotAtAll(long seed) {
        HostileText texts = new HostileText(seed);
        LoginSplitter splitter = LoginSplitter.atLastOf("@%:!");
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
