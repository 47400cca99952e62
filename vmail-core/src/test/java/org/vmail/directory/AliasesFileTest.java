package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.common.base.Splitter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
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

    @Test
    void aBackslashAtTheEndGoesOnInTheNextLineHoweverThatBegins() {
        String text = "staff: joe, \\\n  ann, \\\nbob\nother: eve\n";
        assertThat(targets(text, "staff"))
                .containsExactly(to("joe@a.example"), to("ann@a.example"), to("bob@a.example"));
        assertThat(targets(text, "other")).containsExactly(to("eve@a.example"));
        assertThat(problems).isEmpty();
        assertThat(AliasesFile.linesOf(
                        MailAddress.of("staff@a.example"), text.lines().toList()))
                .containsExactly(0, 1, 2);
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
                "staff: \"joe \\\" who\"; \"joe \\\" who\"@a.example"
            })
    void aLineIsANameAndATarget(String line, String target) {
        assertThat(targets(line, "staff")).containsExactly(to(target));
        assertThat(problems).isEmpty();
    }

    static List<Arguments> otherTargets() {
        return List.of(
                Arguments.of("\\joe", new AliasTarget.Mailbox(MailAddress.of("joe@a.example"))),
                Arguments.of("\\Joe@A.example", new AliasTarget.Mailbox(MailAddress.of("Joe@a.example"))),
                Arguments.of("\"\\joe\"", new AliasTarget.Mailbox(MailAddress.of("joe@a.example"))),
                Arguments.of("|/bin/p", command("/bin/p")),
                Arguments.of("| /bin/p a b", command("/bin/p", "a", "b")),
                Arguments.of("\"|/bin/p -a, \\\"b, c\\\"\"", command("/bin/p", "-a,", "b, c")),
                Arguments.of("|\"/bin/p a, b\"", command("/bin/p", "a,", "b")),
                Arguments.of("|/bin/p \"a, b\" c", command("/bin/p", "a, b", "c")),
                Arguments.of("|\"/bin/p\" \"a\"", command("/bin/p", "a")),
                Arguments.of("|\"/bin/p \\\"a b\\\" c\"", command("/bin/p", "a b", "c")),
                Arguments.of("\"|/bin/p %u %d %f\"", command("/bin/p", "%u", "%d", "%f")),
                Arguments.of(":include:/etc/lists/staff", new AliasTarget.ListFile(Path.of("/etc/lists/staff"), A)),
                Arguments.of(
                        "\":include:/etc/lists/my staff\"",
                        new AliasTarget.ListFile(Path.of("/etc/lists/my staff"), A)),
                Arguments.of("/var/mail/archive", new AliasTarget.Mbox(Path.of("/var/mail/archive"))),
                Arguments.of("/var/mail/archive/", new AliasTarget.Maildir(Path.of("/var/mail/archive"))),
                Arguments.of("\"/var/mail/my archive/\"", new AliasTarget.Maildir(Path.of("/var/mail/my archive"))),
                Arguments.of("/dev/null", new AliasTarget.Discard()),
                Arguments.of(":blackhole:", new AliasTarget.Discard()),
                Arguments.of(":fail: gone, for good", new AliasTarget.Refusal("gone, for good")),
                Arguments.of(":fail:", new AliasTarget.Refusal("")));
    }

    @ParameterizedTest
    @MethodSource("otherTargets")
    void aTargetMayBeMoreThanAnAddress(String text, AliasTarget target) {
        assertThat(targets("staff: " + text, "staff")).containsExactly(target);
        assertThat(problems).isEmpty();
    }

    private static AliasTarget command(String... words) {
        return new AliasTarget.Command(new CommandLine(List.of(words)));
    }

    @Test
    void oneAliasMayCombineThemAll() {
        String text = "staff: joe, \"|/bin/p x\",\n  :include:/l, \\staff,\n# a comment\n /m, /n/, ann@b.example";
        assertThat(targets(text, "staff"))
                .containsExactly(
                        to("joe@a.example"),
                        command("/bin/p", "x"),
                        new AliasTarget.ListFile(Path.of("/l"), A),
                        new AliasTarget.Mailbox(MailAddress.of("staff@a.example")),
                        new AliasTarget.Mbox(Path.of("/m")),
                        new AliasTarget.Maildir(Path.of("/n")),
                        to("ann@b.example"));
        assertThat(problems).isEmpty();
    }

    @Test
    void aSharedFileLeavesTheNamesOfOtherDomainsToThem() {
        Map<MailAddress, Alias> aliases = AliasesFile.parseShared(
                A, Path.of("aliases"), List.of("joe: ann", "joe@b.example: bob", "staff@a.example: joe"), problems);
        assertThat(aliases.keySet())
                .containsExactlyInAnyOrder(MailAddress.of("joe@a.example"), MailAddress.of("staff@a.example"));
        assertThat(problems).isEmpty();
    }

    @Test
    void aListHasAddressesAndNothingElse() {
        assertThat(AliasesFile.members(A, List.of("joe, ann@b.example", "", "# bob", "  carl  ")))
                .containsExactly(to("joe@a.example"), to("ann@b.example"), to("carl@a.example"));
        for (String other : List.of("|/bin/p", "/m", "/n/", ":include:/l", "\\joe", ":fail:", ":blackhole:")) {
            assertThat(AliasesFile.members(A, List.of("joe", other)))
                    .as(other)
                    .last()
                    .isInstanceOfSatisfying(
                            AliasTarget.Unusable.class,
                            unusable -> assertThat(unusable.problem()).contains("only addresses"));
        }
    }

    static Stream<AliasTarget> everyTarget() {
        return Stream.concat(
                otherTargets().stream().map(arguments -> (AliasTarget) arguments.get()[1]),
                Stream.of(
                        to("joe@b.example"),
                        to("\"x, y: z\"@a.example"),
                        to("\"a \\\" b\"@a.example"),
                        to("|x@a.example"),
                        new AliasTarget.Mailbox(MailAddress.of("\"joe, who\"@a.example")),
                        new AliasTarget.Mbox(Path.of("/var/a, b \"c\"/mbox")),
                        new AliasTarget.Maildir(Path.of("/var/a, b")),
                        new AliasTarget.ListFile(Path.of("/lists/x, y"), A),
                        command(
                                "/bin/p", "", "a b", "it's", "\"", "a,b", "\\", "\\\"", "\"\\", "$x", "#", "~", "é",
                                "*"),
                        command("/bin/a b", "-f", "%f", "--", "%u@%d")));
    }

    @ParameterizedTest
    @MethodSource("everyTarget")
    void eachTargetSaysHowItIsWritten(AliasTarget target) {
        assertThat(AliasTarget.parse(target.written(), A)).as(target.written()).containsExactly(target);
        if (!(target instanceof AliasTarget.Refusal)) {
            assertThat(AliasTarget.parse("x@y.example, " + target.written() + ", joe", A))
                    .as(target.written())
                    .containsExactly(to("x@y.example"), target, to("joe@a.example"));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void anyWordsOfACommandAreWrittenAsTheyAreRead(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            List<String> words = new ArrayList<>(List.of("/bin/p"));
            for (int n = random.nextInt(4); n > 0; n--) {
                StringBuilder word = new StringBuilder();
                for (int length = random.nextInt(6); length > 0; length--) {
                    word.append("ab \"'\\,$`#~*%:é".charAt(random.nextInt(15)));
                }
                words.add(word.toString());
            }
            AliasTarget command = new AliasTarget.Command(new CommandLine(words));
            assertThat(AliasTarget.parse("joe, " + command.written() + ", ann", A))
                    .as("seed %d, %s", seed, command.written())
                    .containsExactly(to("joe@a.example"), command, to("ann@a.example"));
        }
    }

    /** What is written as aliases(5) says is read as it was meant, however it is folded over lines. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatIsWrittenIsRead(long seed) {
        Random random = new Random(seed);
        List<Map.Entry<String, AliasTarget>> known = new ArrayList<>();
        known.add(Map.entry("joe", to("joe@a.example")));
        known.add(Map.entry("\"x, y: z\"", to("\"x, y: z\"@a.example")));
        known.add(Map.entry("\"#x\"@b.example", to("\"#x\"@b.example")));
        for (Arguments arguments : otherTargets()) {
            if (!(arguments.get()[1] instanceof AliasTarget.Refusal)) {
                known.add(Map.entry(
                        (String) arguments.get()[0], (AliasTarget) arguments.get()[1]));
            }
        }
        for (int i = 0; i < 200; i++) {
            StringBuilder text = new StringBuilder();
            List<List<AliasTarget>> expected = new ArrayList<>();
            for (int alias = 0; alias < 3; alias++) {
                List<AliasTarget> targets = new ArrayList<>();
                StringBuilder entry = new StringBuilder("alias" + alias + (random.nextBoolean() ? " :" : ":"));
                for (int n = 1 + random.nextInt(4); n > 0; n--) {
                    Map.Entry<String, AliasTarget> target = known.get(random.nextInt(known.size()));
                    targets.add(target.getValue());
                    entry.append(List.of("", " ", "\n ", "\n# comment, \"\n\t", "\n\n  ")
                            .get(random.nextInt(5)));
                    entry.append(target.getKey()).append(n > 1 || random.nextInt(4) == 0 ? "," : "");
                }
                text.append(entry).append(List.of("\n", "\n\n", "\n# end\n").get(random.nextInt(3)));
                expected.add(targets);
            }
            Map<MailAddress, Alias> aliases = parse(text.toString());
            for (int alias = 0; alias < 3; alias++) {
                assertThat(aliases.get(new MailAddress("alias" + alias, A)).targets())
                        .as("seed %d:%n%s", seed, text)
                        .isEqualTo(expected.get(alias));
            }
            assertThat(problems).as("seed %d:%n%s", seed, text).isEmpty();
        }
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
                "|prog; absolute path",
                "|/usr/bin/prog | /bin/cat; no shell",
                "|/usr/bin/prog 'a; within a quote",
                ":include:lists/staff; absolute path",
                ":include:; absolute path",
                "/var/mail/../x; absolute path",
                "\\joe@b.example; an account of the domain",
                "\\; local part",
                "joe, :fail: no; only target",
                ":fail: n\u00f6; printable ASCII",
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
                .last(type(AliasTarget.Unusable.class))
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
                // begins and ends with a letter: a continuation would be part of a good line
                text.append("good").append(line).append(": joe").append(line).append('\n');
                text.append('x').append(texts.next()).append("x\n");
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
