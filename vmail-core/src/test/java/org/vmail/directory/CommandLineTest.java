package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;

class CommandLineTest {
    private static final Domain A = Domain.of("a.example");

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "/bin/p; /bin/p",
                "  /bin/p\ta   b ; /bin/p,a,b",
                "/bin/p \"a b\" c; /bin/p,a b,c",
                "/bin/p 'a b' c; /bin/p,a b,c",
                "/bin/p x\"a b\"'c d'; /bin/p,xa bc d",
                "/bin/p \"\" ''; /bin/p,,",
                "/bin/p a\\ b \\\"; /bin/p,a b,\"",
                "/bin/p \"a\\\"b\\\\c\\d\"; /bin/p,a\"b\\c\\d",
                "/bin/p '$x | y'; /bin/p,$x | y",
                "/bin/p a#b a~; /bin/p,a#b,a~",
                "/bin/p \\$; /bin/p,$"
            })
    void wordsAreSplitAndQuotedAsInAShell(String text, String words) {
        assertThat(CommandLine.parse(text).words()).containsExactly(words.split(",", -1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/bin/p a | /bin/q",
                "/bin/p > /tmp/x",
                "/bin/p; exit 0",
                "/bin/p &",
                "/bin/p $HOME",
                "/bin/p \"$HOME\"",
                "/bin/p `id`",
                "/bin/p \"`id`\"",
                "/bin/p *.txt",
                "/bin/p # comment",
                "/bin/p ~/x",
                "(/bin/p)",
                "p",
                "bin/p",
                "",
                "%u",
                "/bin/%u",
                "/bin/p \"a",
                "/bin/p 'a",
                "/bin/p a\\",
                "/bin/p a\0b"
            })
    void whatNeedsAShellOrIsNoProgramIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> CommandLine.parse(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "/bin/p %d %f %u; /bin/p,a.example,x@y.example,joe who",
                "/bin/p %u@%d --from=%f; /bin/p,joe who@a.example,--from=x@y.example",
                "/bin/p %% %x 100%; /bin/p,%,%x,100%",
                "/bin/p %%u; /bin/p,%u",
                "/bin/p '%u'; /bin/p,joe who"
            })
    void aTokenStaysWithinItsArgument(String text, String arguments) {
        assertThat(CommandLine.parse(text).arguments(A, "x@y.example", "joe who"))
                .containsExactly(arguments.split(","));
    }

    @Test
    void whatStandsForATokenIsNotReplacedAgain() {
        assertThat(CommandLine.parse("/bin/p %u").arguments(A, "secret", "%f %d"))
                .containsExactly("/bin/p", "%f %d");
    }

    @Test
    void theNullReversePathIsAnEmptyArgument() {
        assertThat(CommandLine.parse("/bin/p -f %f x").arguments(A, "", "joe"))
                .containsExactly("/bin/p", "-f", "", "x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/p %f", "/bin/p %f@x", "/bin/p -f %f", "/bin/p x %f --"})
    void aSenderIsNeverAnOption(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CommandLine.parse(text).arguments(A, "-oQ/tmp/x@y.example", "joe"))
                .withMessageContaining("option");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/p -- %f", "/bin/p -f%f", "/bin/p x%f", "/bin/p --from=%f", "/bin/p %d"})
    void aSenderThatCannotBeAnOptionMayBeginWithAHyphen(String text) {
        assertThat(CommandLine.parse(text).arguments(A, "-oQ/tmp/x@y.example", "joe"))
                .hasSameSizeAs(CommandLine.parse(text).words());
    }

    @Test
    void itsTextShowsNoArgument() {
        assertThat(CommandLine.parse("/bin/p secret")).hasToString("/bin/p");
    }

    @Test
    void usesTellsTokensFromPercentSigns() {
        assertThat(CommandLine.parse("/bin/p x%u").uses('u')).isTrue();
        assertThat(CommandLine.parse("/bin/p %%u").uses('u')).isFalse();
        assertThat(CommandLine.parse("/bin/p %%%u").uses('u')).isTrue();
    }

    /** Words that are quoted in any of the ways come back as they were. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void quotedWordsComeBack(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            List<String> words = new ArrayList<>(List.of("/bin/p"));
            StringBuilder text = new StringBuilder("/bin/p");
            for (int n = random.nextInt(5); n > 0; n--) {
                String word = random.ints(random.nextInt(6), ' ', '\u007f')
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
                words.add(word);
                text.append(' ').append(quoted(word, random.nextInt(3)));
            }
            assertThat(CommandLine.parse(text.toString()).words())
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(words);
        }
    }

    private static String quoted(String word, int way) {
        if (way == 0 && word.indexOf('\'') < 0) {
            return "'" + word + "'";
        }
        if (way == 1 || word.isEmpty()) {
            StringBuilder text = new StringBuilder();
            for (String part : word.split("(?<=[$`])|(?=[$`])", -1)) { // those are quoted singly
                text.append(
                        part.matches("[$`]")
                                ? "'" + part + "'"
                                : '"' + part.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
            }
            return text.toString();
        }
        return String.join("", Arrays.stream(word.split("")).map(c -> "\\" + c).toList());
    }
}
