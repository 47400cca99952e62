package org.vmail.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.HostileText;

class PrintableTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "joe@a.example", "a b\"c'", "Jörg Müller", "李", "\ud83d\ude00"})
    void visibleTextStaysAsItIs(String text) {
        assertThat(Printable.of(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "'a\0b', a\\u0000b",
        "'a\r\nb', a\\u000d\\u000ab",
        "'\u001b[2J', \\u001b[2J",
        "'\u007f', \\u007f",
        "'\u0085', \\u0085",
        "'\u2028\u2029', \\u2028\\u2029",
        "'\u202e\u200b', \\u202e\\u200b",
        "'\ue000', \\ue000",
        "'\ud800', \\ud800",
        "'\udc00a', \\udc00a",
        "'\udb40\udc01', \\ue0001"
    })
    void whatBreaksLinesOrConfusesTerminalsIsEscaped(String text, String escaped) {
        assertThat(Printable.of(text)).isEqualTo(escaped);
    }

    @Test
    void quotedTextCannotLeaveItsQuotes() {
        assertThat(Printable.quoted("joe\" client=\"x\\")).isEqualTo("\"joe\\\" client=\\\"x\\\\\"");
    }

    @Test
    void longTextIsCutAfterEightyCharacters() {
        assertThat(Printable.of("x".repeat(80))).isEqualTo("x".repeat(80));
        assertThat(Printable.of("x".repeat(81))).isEqualTo("x".repeat(80) + "…");
        assertThat(Printable.of("\ud83d\ude00".repeat(81))).isEqualTo("\ud83d\ude00".repeat(80) + "…");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void hostileTextBecomesOneBoundedVisibleLine(long seed) {
        HostileText texts = new HostileText(seed);
        for (int i = 0; i < 2000; i++) {
            assertThat(Printable.of(texts.next()))
                    .hasSizeLessThan(81 * "\\u10ffff".length())
                    .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}]");
        }
    }
}
