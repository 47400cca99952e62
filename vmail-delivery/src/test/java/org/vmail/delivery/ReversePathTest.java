package org.vmail.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReversePathTest {
    @Test
    void theNullReversePathIsEmpty() {
        assertThat(ReversePath.none()).isEqualTo(new ReversePath("")).hasToString("<>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a@b.example",
                "\"quoted part\"@b.example",
                "\"a > b < c\"@b.example",
                "\"a \\\" > b\"@b.example",
                "a@[192.0.2.1]",
                "prvs=123=a/b@b.example",
                "../..@b.example",
                "MAILER-DAEMON",
                "\u00e4@b.example"
            })
    void anybodyElsesAddressIsTaken(String address) {
        assertThat(ReversePath.parse(address))
                .hasValueSatisfying(path -> assertThat(path).hasToString("<" + address + ">"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\r\nBcc: x@b.example",
                "a\rb",
                "a\nb",
                "a\0b",
                "a\tb",
                "a\u007fb",
                "a\u0085b",
                "a\u2028b",
                "a\u2029b",
                "a>b",
                "\"a\">b@b.example",
                "\"a>b",
                "\"a\\\">b@b.example",
                "<a@b.example"
            })
    void whatDoesNotFitIntoAHeaderLineIsRefused(String address) {
        assertThat(ReversePath.parse(address)).isEmpty();
        assertThatThrownBy(() -> new ReversePath(address))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContainPattern("[\\r\\n\\x00\\u0085\\u2028]");
    }

    @Test
    void aPathHas256OctetsAtMost() {
        assertThat(ReversePath.parse("a".repeat(254)))
                .as("RFC 5321, section 4.5.3.1.3, with the brackets")
                .isPresent();
        assertThat(ReversePath.parse("a".repeat(255))).isEmpty();
    }
}
