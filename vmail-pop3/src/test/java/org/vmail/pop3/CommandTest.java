package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTest {
    @Test
    void theArgumentIsAllBehindTheFirstSpace() {
        assertThat(Command.parse("pAsS  a b ")).contains(new Command(Verb.PASS, " a b "));
        assertThat(Command.parse("PASS")).contains(new Command(Verb.PASS, ""));
        assertThat(Command.parse("PASS a\tb\u007f"))
                .as("a password may be anything that fits into a line")
                .contains(new Command(Verb.PASS, "a\tb\u007f"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                " STAT",
                "STA",
                "STATX",
                "STAT\t1",
                "STAT\0",
                "USER a\u007f",
                "PASS a\0",
                "PASS a\rb",
                "LI\u0131T",
                "\u017ftat"
            })
    void whatIsNoCommandIsEmpty(String line) {
        assertThat(Command.parse(line)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "1,1",
        "007,7",
        "2147483647,2147483647",
        "2147483648,2147483647",
        "99999999999999999999,2147483647"
    })
    void numbersBeyondTheLargestCountAsTheLargest(String text, int expected) {
        assertThat(Command.number(text)).hasValue(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "1.0", "1 ", "0x1", "one", "\u0661", "\u00b2"})
    void whatIsNoNumberIsEmpty(String text) {
        assertThat(Command.number(text)).isEmpty();
    }

    @Test
    void aCommandAsTextHidesItsArgument() {
        assertThat(new Command(Verb.PASS, "secret")).hasToString("PASS");
    }
}
