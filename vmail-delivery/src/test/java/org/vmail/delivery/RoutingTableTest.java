package org.vmail.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.AliasPattern;
import org.vmail.directory.Fallback;
import org.vmail.directory.FileDirectory;
import org.vmail.directory.HostedDomain;

/** Holds docs/routing.md to what it says. */
class RoutingTableTest {
    private static final Path PAGE = Path.of("..", "docs", "routing.md");
    private static final Pattern FILE = Pattern.compile("`([a-z.]+)`[^\\n]*:\\n\\n```\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern QUOTED = Pattern.compile("`([^`]*)`");

    @TempDir
    static Path folder;

    private record Row(String recipient, String destinations, String reason) {}

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() throws IOException {
        String page = Files.readString(PAGE);
        RecipientRouter router = RecipientRouter.over(directory(page));
        return rows(page, "| Mail for |").stream()
                .map(cells -> new Row(cells.get(0), cells.get(1), cells.get(2)))
                .map(row -> DynamicTest.dynamicTest(
                        row.recipient() + ": " + row.reason(),
                        () -> assertThat(describe(
                                        Expansion.of(MailAddress.of(row.recipient()), router, 1000, any -> true)))
                                .containsExactlyInAnyOrder(row.destinations().split(", ", -1))));
    }

    @Test
    void thePageHasItsTable() throws IOException {
        assertThat(rows(Files.readString(PAGE), "| Mail for |")).hasSizeGreaterThan(40);
    }

    private static FileDirectory directory(String page) throws IOException {
        Matcher file = FILE.matcher(page);
        while (file.find()) {
            Files.writeString(folder.resolve(file.group(1)), file.group(2).replace("/etc/vmail/", folder + "/"));
        }
        FileDirectory.Builder directory = FileDirectory.builder(folder);
        for (List<String> cells : rows(page, "| Domain |")) {
            directory.domain(settings(HostedDomain.of(Domain.of(cells.get(0))), cells.get(1)));
        }
        return directory.build();
    }

    private static HostedDomain settings(HostedDomain plain, String text) {
        HostedDomain domain = plain;
        for (String setting : text.split("; ", -1)) {
            List<String> quoted = QUOTED.matcher(setting)
                    .results()
                    .map(found -> found.group(1))
                    .toList();
            String[] words = setting.split(" ", -1);
            domain = switch (words[0]) {
                case "aliases" -> domain.withAliases(List.of(Domain.of(words[1])));
                case "full" -> domain.withFullNames(true);
                case "commands" -> domain.withCommands(true);
                case "alias" -> domain.withAliasFiles(List.of(folder.resolve(words[2])));
                case "pattern" -> domain.withAliasPatterns(List.of(AliasPattern.of(quoted.get(0), quoted.get(1))));
                case "fallback" -> domain.withFallback(Fallback.parse(quoted.get(0), domain.name()));
                case "delimiters" -> domain.withSubaddressDelimiters(quoted.get(0));
                case "no" -> domain.withSubaddressDelimiters("");
                default -> throw new IllegalArgumentException(setting);
            };
        }
        return domain;
    }

    /** The cells below a heading, without the line that rules it off. */
    private static List<List<String>> rows(String page, String heading) {
        List<String> lines = page.lines().toList();
        int first = 0;
        while (!lines.get(first).startsWith(heading)) {
            first++;
        }
        List<List<String>> rows = new ArrayList<>();
        for (String line : lines.subList(first + 2, lines.size())) {
            if (!line.startsWith("|")) {
                break;
            }
            rows.add(Arrays.stream(line.substring(1).split("(?<!\\\\)\\|", -1))
                    .map(cell -> cell.strip().replace("\\|", "|"))
                    .toList());
        }
        return rows;
    }

    private static List<String> describe(Expansion expansion) {
        return expansion
                .failure()
                .map(failure -> List.of(reply(failure)))
                .orElseGet(() -> expansion.targets().stream()
                        .map(target -> describe(target.destination()))
                        .toList());
    }

    private static String reply(Outcome failure) {
        return (failure.status().kind() == 4 ? "451 " : "550 ") + failure.status();
    }

    private static String describe(Destination destination) {
        if (destination instanceof Destination.Mailbox mailbox) {
            return mailbox.account().toString();
        } else if (destination instanceof Destination.Remote remote) {
            return "elsewhere " + remote.address();
        } else if (destination instanceof Destination.Mbox mbox) {
            return "file " + mbox.file();
        } else if (destination instanceof Destination.Maildir maildir) {
            return "folder " + maildir.folder();
        } else if (destination instanceof Destination.Command command) {
            return run(command);
        }
        return "discarded";
    }

    private static String run(Destination.Command command) {
        MailAddress recipient = command.recipient();
        try {
            List<String> arguments =
                    command.command().arguments(recipient.domain(), "sender@x.example", recipient.localPart());
            return "program "
                    + String.join(
                            " ",
                            arguments.stream()
                                    .map(argument -> argument.contains(" ") ? '"' + argument + '"' : argument)
                                    .toList());
        } catch (IllegalArgumentException e) {
            return reply(ExitStatus.BAD_ARGUMENT);
        }
    }
}
