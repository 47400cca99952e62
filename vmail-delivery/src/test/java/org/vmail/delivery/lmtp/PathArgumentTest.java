package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathArgumentTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FROM:<a@x.example>               | a@x.example",
                "from:  <a@x.example>             | a@x.example",
                "FROM:<>                          | ''",
                "FROM:<@r:a@x.example>            | a@x.example",
                "FROM:<@r,@s:\"a:b\"@x.example>   | \"a:b\"@x.example",
                "FROM:<\"a>b\"@x.example>         | \"a>b\"@x.example",
                "FROM:<\"a\\\">b\"@x.example>     | \"a\\\">b\"@x.example",
                "FROM:<a:b@x.example>             | a:b@x.example",
            })
    void theAddressStandsBetweenTheBrackets(String argument, String address) {
        assertThat(PathArgument.parse("FROM:", argument)).contains(new PathArgument(address, List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "FROM", "FROM:", "FROM:a", "FROM:<a", "FROM:<\"a>", "FROM:<\"a\\\">", "FROM:<a>b", "TO:<a>"})
    void whatHasAnotherFormIsEmpty(String argument) {
        assertThat(PathArgument.parse("FROM:", argument)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TO:<a> X=1 Y", "TO:<a>  X=1   Y "})
    void parametersAreWordsBehindIt(String argument) {
        assertThat(PathArgument.parse("TO:", argument)).contains(new PathArgument("a", List.of("X=1", "Y")));
    }
}
