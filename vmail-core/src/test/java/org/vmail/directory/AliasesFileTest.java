package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.common.base.Splitter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.HostileText;
import org.vmail.address.MailAddress;

class AliasesFileTest {
    private static final Domain A = Domain.of("a.example");

    private final List<FileProblem> problems = new ArrayList<>();

    private Map<MailAddress, Alias> parse(String text) {
        return AliasesFile.parse(A, Path.of("aliases"), text.lines().toList(), problems);
    }

    private List<AliasTarget> targets(String text, String name) {
        return parse(text).get(new MailAddress(name, A)).targets();
    }

    private static AliasTarget to(String address) {
        return new AliasTarget.Address(MailAddress.of(address));
    }

    @Test
    void aCommaBehindTheLastTargetIsHarmless() {
        assertThat(targets("staff: joe, ann,", "staff")).containsExactly(to("joe@a.example"), to("ann@a.example"));
        assertThat(problems).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "staff: joe; joe@a.example",
                "staff:joe; joe@a.example",
                "staff : joe ; joe@a.example",
                "STAFF: Joe; Joe@a.example",
                "staff@a.example: joe; joe@a.example",
                "\"staff\": \"joe\"; joe@a.example",
                "\"staff@a.example\": joe; joe@a.example",
                "staff: joe@b.example; joe@b.example",
                "staff: \"joe who\"; \"joe who\"@a.example",
                "staff: \"joe who\"@b.example; \"joe who\"@b.example",
                "staff: \"joe, who\"@b.example; \"joe, who\"@b.example",
                "staff: \"joe \\\" who\"; \"joe \\\" who\"@a.example",
                "staff: \\staff; staff@a.example",
                "staff: \\Staff@A.example; Staff@a.example",
                "staff: \"\\staff\"; staff@a.example"
            })
    void aLineIsANameAndATarget(String line, String target) {
        assertThat(targets(line, "staff")).containsExactly(to(target));
        assertThat(problems).isEmpty();
    }

    @Test
    void namesMayNeedQuotes() {
        assertThat(targets("\"joe who\": joe", "joe who")).containsExactly(to("joe@a.example"));
        assertThat(targets("\"joe: who\": joe", "joe: who")).containsExactly(to("joe@a.example"));
        assertThat(problems).isEmpty();
    }

    @Test
    void targetsAreSeparatedByCommasOutsideOfQuotes() {
        assertThat(targets("staff: joe,ann@b.example , \"x, y\", \"a\\\",b\",bob", "staff"))
                .containsExactly(
                        to("joe@a.example"),
                        to("ann@b.example"),
                        to("\"x, y\"@a.example"),
                        to("\"a\\\",b\"@a.example"),
                        to("bob@a.example"));
        assertThat(problems).isEmpty();
    }

    @Test
    void linesThatBeginWithWhiteSpaceContinueTheEntry() {
        Map<MailAddress, Alias> aliases = parse("""
                # the staff
                staff: joe,

                \tann,
                # not bob
                  carl
                all: staff
                """);
        assertThat(aliases).hasSize(2);
        assertThat(aliases.get(new MailAddress("staff", A)).targets())
                .containsExactly(to("joe@a.example"), to("ann@a.example"), to("carl@a.example"));
        assertThat(problems).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "# staff: joe", "#", "   \n\t\n"})
    void commentsAndBlankLinesAreNothing(String text) {
        assertThat(parse(text)).isEmpty();
        assertThat(problems).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "|/usr/bin/prog; a command",
                "\"|/usr/bin/prog -a, \\\"b, c\\\"\"; a command",
                "|\"/usr/bin/prog a, b\"; a command",
                ":include:/etc/lists/staff; a list file",
                "\":include:/etc/lists/my staff\"; a list file",
                "/var/mail/archive; a file",
                "/dev/null; a file",
                "\\other; only the alias itself",
                "../joe; is no",
                "joe@; is no",
                "joe ann; needs quotes",
                "joe # the boss; needs quotes",
                "\"joe; needs quotes",
                "<joe@b.example>; is no",
                "joe@b.example ann; is no"
            })
    void whatCannotBeDeliveredToKeepsTheMailWaitingAndIsReported(String target, String reason) {
        List<AliasTarget> targets = targets("ok: joe\nstaff: " + target + "\nlast: ann", "staff");
        assertThat(targets)
                .as("mail must neither go back nor to half of the members")
                .singleElement(type(AliasTarget.Unusable.class))
                .satisfies(unusable -> assertThat(unusable.problem()).isNotBlank());
        assertThat(problems).singleElement().satisfies(problem -> {
            assertThat(problem).hasToString("aliases:2: " + problem.text());
            assertThat(problem.text()).startsWith("the alias staff keeps its mail waiting: ");
            if (!reason.equals("is no")) {
                assertThat(problem.text()).contains(reason);
            }
        });
    }

    @Test
    void oneUnusableTargetLeavesTheOthers() {
        assertThat(targets("staff: joe, |prog, , ann", "staff"))
                .hasSize(4)
                .contains(to("joe@a.example"), to("ann@a.example"));
        assertThat(problems).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "staff; has no colon",
                "\"staff: joe; has no colon",
                "../x: joe; local part",
                ": joe; local part",
                "joe who: joe; needs quotes",
                "staff@b.example: joe; not in the domain",
                "first: ann; stands further up"
            })
    void aBrokenLineIsReportedAndTheOthersCount(String line, String reason) {
        Map<MailAddress, Alias> aliases = parse("first: joe\n\n" + line + "\nlast: ann");
        assertThat(aliases.keySet())
                .containsExactlyInAnyOrder(MailAddress.of("first@a.example"), MailAddress.of("last@a.example"));
        assertThat(aliases.get(MailAddress.of("first@a.example")).targets())
                .as("the first one counts")
                .containsExactly(to("joe@a.example"));
        assertThat(problems).singleElement().satisfies(problem -> {
            assertThat(problem.line()).isEqualTo(3);
            assertThat(problem.text()).contains(reason);
        });
    }

    @Test
    void anIndentedFirstLineIsReportedUnderItsNumber() {
        assertThat(parse("\n  staff joe\n")).isEmpty();
        assertThat(problems)
                .singleElement()
                .satisfies(problem -> assertThat(problem.line()).isEqualTo(2));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void garbageTakesNoGoodLineWithIt(long seed) {
        HostileText texts = new HostileText(seed);
        for (int i = 0; i < 200; i++) {
            StringBuilder text = new StringBuilder();
            for (int line = 0; line < 5; line++) {
                // begins with a letter: a continuation or a comment would be part of the good line before
                text.append("good").append(line).append(": joe").append(line).append('\n');
                text.append('x').append(texts.next()).append('\n');
            }
            problems.clear();
            Map<MailAddress, Alias> aliases = parse(text.toString());
            for (int line = 0; line < 5; line++) {
                assertThat(aliases.get(new MailAddress("good" + line, A)).targets())
                        .as(() -> Splitter.on('\n').splitToList(text).toString())
                        .containsExactly(to("joe" + line + "@a.example"));
            }
            assertThat(problems).allSatisfy(problem -> {
                assertThat(problem.line()).isPositive();
                assertThat(problem.text()).doesNotContainPattern("\\p{Cc}");
            });
        }
    }
}
