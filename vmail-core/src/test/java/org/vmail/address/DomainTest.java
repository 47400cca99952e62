package org.vmail.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainTest {
    private static final String LABEL_OF_63 = "a".repeat(63);
    private static final String NAME_OF_253 = String.join(".", LABEL_OF_63, LABEL_OF_63, LABEL_OF_63, "b".repeat(61));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.example",
                "localhost",
                "xn--mnchen-3ya.example",
                "a-b.example",
                "a--b.example",
                "3com.example",
                "1.2.3.4.example",
                "a.b.c.d.e.f.example"
            })
    void aHostNameIsItsOwnCanonicalForm(String name) {
        assertThat(Domain.of(name).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "A.Example, a.example",
        "XN--MNCHEN-3YA.EXAMPLE, xn--mnchen-3ya.example",
        "münchen.example, xn--mnchen-3ya.example",
        "MÜNCHEN.Example, xn--mnchen-3ya.example",
        "mu\u0308nchen.example, xn--mnchen-3ya.example",
        "a\u3002example, a.example",
        "a\uff0eexample, a.example",
        "a\uff61example, a.example",
        "\uff41.example, a.example",
        "\u212a.example, k.example"
    })
    void allWritingsOfANameAreOneDomain(String text, String name) {
        assertThat(Domain.of(text)).isEqualTo(Domain.of(name)).hasToString(name);
    }

    @Test
    void aLabelHas63OctetsAndANameHas253() {
        assertThat(Domain.of(NAME_OF_253).name()).as("RFC 1035, 2.3.4").hasSize(Domain.MAX_OCTETS);
        assertThat(Domain.parse("b" + NAME_OF_253)).isEmpty();
        assertThat(Domain.parse(NAME_OF_253 + "b")).isEmpty();
        assertThat(Domain.parse(LABEL_OF_63 + "a.example")).isEmpty();
        assertThat(Domain.parse("ü".repeat(63) + ".example"))
                .as("its A-label is longer")
                .isEmpty();
    }

    static Stream<String> notDomains() {
        return Stream.of(
                "",
                ".",
                "..",
                "a.",
                ".a",
                "a..example",
                "a\u3002",
                "a\u3002\u3002example",
                "\u3002a",
                "-a.example",
                "a-.example",
                "a.-example",
                "a_b.example",
                "a b.example",
                " a.example",
                "a/b.example",
                "a\\b.example",
                "a%2fb.example",
                "a:25",
                "*.example",
                "127.0.0.1",
                "1",
                "a.1",
                "[127.0.0.1]",
                "::1",
                "a\0.example",
                "a.example\0",
                "a\r\n.example",
                "a.example\n",
                "a\u202eb.example",
                "a\u2066b.example",
                "\ud800.example",
                "a\uff0fb.example",
                "\u2100.example",
                "\u2025.example",
                "\u2024.example",
                "straße.example",
                "STRA\u1e9eE.example",
                "λόγος.example",
                "a\u200cb.example",
                "a\u200db.example");
    }

    @ParameterizedTest
    @MethodSource("notDomains")
    void whatIsNoHostNameIsRefusedWithAReasonFitForALog(String text) {
        assertThat(Domain.parse(text)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Domain.of(text))
                .satisfies(e -> assertThat(e.getMessage())
                        .startsWith("The domain '")
                        .doesNotContainPattern("[\\p{Cc}\\p{Cf}]"));
    }

    @Test
    void aVeryLongTextIsRefusedWithAShortReason() {
        assertThatThrownBy(() -> Domain.of("ü.".repeat(1_000_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
    }

    @Test
    void domainsAreInAlphabeticalOrder() {
        assertThat(Stream.of("b.example", "a.org", "a.example").map(Domain::of).sorted())
                .map(Domain::name)
                .containsExactly("a.example", "a.org", "b.example");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void hostileTextBecomesASafeFolderNameOrNothing(long seed) {
        HostileText texts = new HostileText(seed);
        List<Domain> accepted = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            Domain.parse(texts.next()).ifPresent(accepted::add);
        }
        assertThat(accepted).hasSizeGreaterThan(100).allSatisfy(DomainTest::assertSafe);
        assertThat(accepted)
                .allSatisfy(
                        domain -> assertThat(Domain.parse(domain.toString())).isEqualTo(Optional.of(domain)));
    }

    static void assertSafe(Domain domain) {
        assertThat(domain.name())
                .matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
                .doesNotContain("..");
        assertThat(domain.name().getBytes(StandardCharsets.UTF_8)).hasSizeBetween(1, 253);
        Path root = Path.of("/mail");
        assertThat(root.resolve(domain.name()).normalize().getParent()).isEqualTo(root);
    }
}
