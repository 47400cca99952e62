package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
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
        assertThat(PathArgument.parse("FROM:", argument)).contains(new PathArgument(address, Map.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "FROM",
                "FROM:",
                "FROM:a",
                "FROM:<a",
                "FROM:<\"a>",
                "FROM:<\"a\\\">",
                "FROM:<a>b",
                "TO:<a>",
                "FROM:<a> =",
                "FROM:<a> =1",
                "FROM:<a> -X=1",
                "FROM:<a> X=",
                "FROM:<a> X==",
                "FROM:<a> X=1=2",
                "FROM:<a> X=1 x=2",
                "FROM:<a> X Y X",
                "FROM:<a> X_Y"
            })
    void whatHasAnotherFormIsEmpty(String argument) {
        assertThat(PathArgument.parse("FROM:", argument)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TO:<a> X=1 Y", "TO:<a>  x=1   y "})
    void parametersAreWordsBehindIt(String argument) {
        assertThat(PathArgument.parse("TO:", argument)).contains(new PathArgument("a", Map.of("X", "1", "Y", "")));
    }
}
