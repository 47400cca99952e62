package org.vmail.address;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MailAddressTest {
    private static final Domain A = Domain.of("a.example");

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "joe@a.example, joe",
                "Joe.Who@a.example, Joe.Who",
                "joe+lists@A.Example, joe+lists",
                "!#$%&'*+-=?^_{|}~@a.example, !#$%&'*+-=?^_{|}~",
                "jörg@a.example, jörg",
                "\"joe who\"@a.example, joe who",
                "\"joe\"@a.example, joe",
                "\"\\j\\o\\e\"@a.example, joe",
                "\"joe@home\"@a.example, joe@home",
                "\"a\\\"b\"@a.example, a\"b",
                "\"joe.\"@a.example, joe.",
                "\"a;b:c<d>\"@a.example, a;b:c<d>"
            })
    void theLocalPartIsKeptWithoutItsQuotes(String text, String localPart) {
        MailAddress address = MailAddress.of(text);
        assertThat(address.localPart()).as("RFC 5321, 4.1.2").isEqualTo(localPart);
        assertThat(address.domain()).isEqualTo(A);
        assertThat(MailAddress.parse(address.toString())).contains(address);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "joe, joe@a.example",
                "joe who, \"joe who\"@a.example",
                "joe@home, \"joe@home\"@a.example",
                "a\"b, \"a\\\"b\"@a.example",
                "joe., \"joe.\"@a.example"
            })
    void quotesAreWrittenWhereTheyAreNeededOnly(String localPart, String text) {
        assertThat(new MailAddress(localPart, A)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "joe",
                "@",
                "@a.example",
                "joe@",
                "joe@a.example.",
                "joe@127.0.0.1",
                "joe@[127.0.0.1]",
                "joe who@a.example",
                "joe@home@a.example",
                ".joe@a.example",
                "joe.@a.example",
                "jo..e@a.example",
                "\"\"@a.example",
                "\"@a.example",
                "\"joe@a.example",
                "joe\"@a.example",
                "\"jo\"e\"@a.example",
                "\"joe\\\"@a.example",
                "\"joe\"who@a.example",
                "jo\"e@a.example",
                "joe @a.example",
                "<joe@a.example>",
                "\"joe@a.example\""
            })
    void whatIsNotAnAddressOfRfc5321IsRefused(String text) {
        assertThat(MailAddress.parse(text)).isEmpty();
    }

    static Stream<String> refusedLocalParts() {
        return Stream.of(
                "",
                ".",
                "..",
                ".joe",
                "a..b",
                "joe..",
                "../joe",
                "a/b",
                "/",
                "a\\b",
                "\\",
                "a\0b",
                "a\rb",
                "a\nb",
                "joe\n",
                "a\tb",
                "a\u001bb",
                "a\u007fb",
                "a\u0085b",
                "a\u2028b",
                "a\u2029b",
                " joe",
                "joe ",
                "a\u00a0b",
                "a\u3000b",
                "a\u202eb",
                "a\u202ab",
                "a\u2066b",
                "a\u2069b",
                "a\u200eb",
                "a\u200fb",
                "a\u061cb",
                "a\u200bb",
                "a\u00adb",
                "\ufeffjoe",
                "a\ud800b",
                "a\udc00b",
                "\udc00\ud800",
                "a\ue000b",
                "a\udbff\udffdb",
                "a\u0378b",
                "a\ufffeb",
                "a\ufffdb",
                "x".repeat(65),
                "ü".repeat(33));
    }

    @ParameterizedTest
    @MethodSource("refusedLocalParts")
    void aLocalPartThatCouldLeaveItsPlaceIsRefusedWithAReasonFitForALog(String localPart) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MailAddress(localPart, A))
                .satisfies(e -> assertThat(e.getMessage())
                        .startsWith("The local part '")
                        .doesNotContainPattern("[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\u202e\u2066]")
                        .hasSizeLessThan(300));
        assertThat(MailAddress.parse('"' + localPart.replace("\\", "\\\\") + "\"@a.example"))
                .isEmpty();
        assertThat(LoginSplitter.standard().split(localPart)).isEmpty();
        assertThat(LoginSplitter.standard().split(localPart + "@a.example")).isEmpty();
    }

    /** RFC 5322, section 3.2.3: atext; dots stand between atoms. */
    @Test
    void everyCharacterThatIsNoAtextAndOnlyThatNeedsQuotes() {
        String atext = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-=?^_`{|}~";
        for (char c = ' '; c < 0x7F; c++) {
            Optional<MailAddress> address =
                    MailAddress.parse("\"x" + (c == '"' || c == '\\' ? "\\" : "") + c + "y\"@a.example");
            boolean plain = atext.indexOf(c) >= 0 || c == '.';
            char tested = c;
            address.ifPresent(given -> assertThat(given.toString().startsWith("\""))
                    .as("quotes around %s", tested)
                    .isEqualTo(!plain));
            assertThat(address.isPresent() || !plain).as("%s is allowed", c).isTrue();
        }
    }

    @Test
    void theLocalPartHasUpTo64OctetsOfUtf8() {
        assertThat(new MailAddress("x".repeat(64), A).localPart())
                .as("RFC 5321, 4.5.3.1.1")
                .hasSize(64);
        assertThat(new MailAddress("ü".repeat(32), A).localPart()).hasSize(32);
        assertThat(MailAddress.of('"' + "\\x".repeat(64) + "\"@a.example").localPart())
                .hasSize(64);
    }

    @Test
    void theLongestAddressIsAccepted() {
        String label = "a".repeat(63);
        String domain = String.join(".", label, label, label, "b".repeat(61));
        String text = '"' + "\\\"".repeat(64) + "\"@" + domain;
        assertThat(MailAddress.of(text)).hasToString(text);
        assertThatIllegalArgumentException().isThrownBy(() -> MailAddress.of("x".repeat(1_000_000) + "@a.example"));
    }

    @Test
    void theLocalPartIsInNormalFormC() {
        assertThat(MailAddress.of("jo\u0308rg@a.example"))
                .as("RFC 6532, 3.1")
                .isEqualTo(MailAddress.of("j\u00f6rg@a.example"));
    }

    @Test
    void theCaseOfTheLocalPartIsKeptUntilItIsLowered() {
        MailAddress joe = MailAddress.of("Joe@A.Example");
        assertThat(joe).hasToString("Joe@a.example").isNotEqualTo(MailAddress.of("joe@a.example"));
        assertThat(joe.toLowerCase()).isEqualTo(MailAddress.of("joe@a.example"));
    }

    @Test
    void loweringDoesNotDependOnTheLocale() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try {
            assertThat(MailAddress.of("IDA@a.example").toLowerCase()).hasToString("ida@a.example");
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0130", "\u023a", "\u023e"})
    void anAddressThatWouldNotFitInLowerCaseStaysAsItIs(String letterThatGrows) {
        MailAddress address = new MailAddress(letterThatGrows.repeat(32), A);
        assertThat(address.toLowerCase()).isEqualTo(address);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void hostileTextBecomesASafeAddressOrNothing(long seed) {
        HostileText texts = new HostileText(seed);
        List<MailAddress> accepted = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            MailAddress.parse(texts.nextAddress()).ifPresent(accepted::add);
            LoginSplitter.standard()
                    .split(texts.next())
                    .map(MailAddressTest::inSomeDomain)
                    .ifPresent(accepted::add);
        }
        assertThat(accepted).hasSizeGreaterThan(500).allSatisfy(address -> {
            assertSafe(address);
            assertSafe(address.toLowerCase());
            assertThat(MailAddress.of(address.toString())).isEqualTo(address);
            assertThat(new MailAddress(address.localPart(), address.domain())).isEqualTo(address);
            assertThat(address.toLowerCase().toLowerCase()).isEqualTo(address.toLowerCase());
        });
    }

    static MailAddress inSomeDomain(Login login) {
        return login instanceof Login.Qualified qualified ? qualified.address() : ((Login.Bare) login).at(A);
    }

    static void assertSafe(MailAddress address) {
        DomainTest.assertSafe(address.domain());
        assertThat(address.localPart())
                .doesNotContain("..", "/", "\\")
                .doesNotStartWith(".")
                .doesNotContainPattern("[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]");
        assertThat(address.localPart().getBytes(UTF_8)).hasSizeBetween(1, 64);
        assertStaysInItsFolder(address);
    }

    private static void assertStaysInItsFolder(MailAddress address) {
        // The JVM may run in a locale in which file names are ASCII; only ASCII means anything in a path.
        String fileName = address.localPart().replaceAll("[^\\x00-\\x7f]", "u");
        Path root = Path.of("/mail");
        Path folder = root.resolve(address.domain().name()).resolve(fileName).normalize();
        assertThat(folder.getParent()).isEqualTo(root.resolve(address.domain().name()));
        assertThat(folder.getParent().getParent()).isEqualTo(root);
    }
}
