package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** What is unusual about accounts: the file accounts.DOMAIN. */
class AccountsFileTest {
    private static final Domain A = Domain.of("a.example");
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress ANN = MailAddress.of("ann@a.example");
    private static final MailAddress BOB = MailAddress.of("bob@a.example");

    @TempDir
    Path folder;

    @BeforeEach
    void users() throws IOException {
        Files.writeString(folder.resolve("passwd.a.example"), """
                joe:$6$salt$hash:1:2:Joe Who:/:/bin/false
                ann:$6$salt$hash:1:2::/:/bin/false
                bob:$6$salt$hash:1:2::/:/bin/false
                """);
    }

    private FileDirectory directory(String accounts) throws IOException {
        Files.writeString(folder.resolve("accounts.a.example"), accounts);
        return FileDirectory.builder(folder).build();
    }

    private static Account account(Directory directory, MailAddress address) throws IOException {
        return directory.account(address).orElseThrow();
    }

    @Test
    void whatIsUnusualAboutAnAccountStandsOnItsLine() throws IOException {
        FileDirectory directory = directory("""
                # joe has left
                Joe: disabled

                ann: quota=500M,10000 forward=x@b.example,bob keep
                """);

        assertThat(account(directory, JOE).disabled()).isTrue();
        assertThat(account(directory, JOE).passwordHash().isLocked()).isTrue();
        assertThat(account(directory, ANN).quota()).contains(new Quota(500L << 20, 10_000));
        assertThat(account(directory, ANN).forward())
                .contains(new Forward(List.of(MailAddress.of("x@b.example"), BOB), true));
        assertThat(account(directory, BOB)).isEqualTo(new Account(BOB, new PasswordHash("$6$salt$hash")));
        assertThat(directory.problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "joe: disbled; none of disabled",
                "joe:; nothing is said",
                "joe: # disabled; nothing is said",
                "joe disabled; no name and colon",
                "joe; no name and colon",
                "joe=disabled forward=x:y; no name and colon",
                "joe disabled forward=x:y; there is no user",
                "JOE: quota=0; no limit",
                "joe: quota=5M forward=; joe",
                "joe: forward=joe; keep is what keeps a copy",
                "joe: forward=ann,JOE@A.example keep; keep is what keeps a copy",
                "joe : disabled : ; none of disabled",
                "` joe: disabled`; white space"
            })
    void ofWhoseLineIsBrokenNothingIsSaidAndTheOthersCount(String line, String reason) throws IOException {
        FileDirectory directory = directory("bob: disabled\n" + line + "\nann: quota=1k\n");

        if (line.startsWith("joe=")) {
            assertThat(directory.problems()).singleElement().asString().contains(":2: ");
            return; // nobody can tell whom it means
        }
        assertThat(directory.problems())
                .singleElement()
                .asString()
                .startsWith(folder.resolve("accounts.a.example") + ":2: ")
                .contains(reason);
        assertThatIOException()
                .as("not enabled, and no mail here that may belong elsewhere")
                .isThrownBy(() -> directory.account(JOE))
                .withMessageContaining(":2: ");
        assertThatIOException().isThrownBy(() -> directory.accountOfFullName(MailAddress.of("joe.who@a.example")));
        assertThat(account(directory, ANN).quota()).contains(Quota.ofOctets(1024));
        assertThat(directory.domain(A)).isPresent();
    }

    @Test
    void whoHasTwoLinesIsUnclear() throws IOException {
        FileDirectory directory = directory("joe: quota=5M\nann: disabled\nJOE: disabled\n");

        assertThatIOException().isThrownBy(() -> directory.account(JOE)).withMessageContaining("further up");
        assertThat(account(directory, ANN).disabled()).isTrue();
    }

    @Test
    void aBrokenLineIsNotMadeGoodByAnother() throws IOException {
        FileDirectory directory = directory("joe: dis\njoe: quota=5M\n");

        assertThatIOException().isThrownBy(() -> directory.account(JOE));
        assertThat(directory.problems()).hasSize(2);
    }

    @Test
    void aLineThatWasMeantToContinueAnotherMakesThatOneUnclear() throws IOException {
        FileDirectory directory = directory("bob: quota=1M\njoe: quota=5M\n\n   forward=x@b.example\nann: disabled\n");

        assertThatIOException().isThrownBy(() -> directory.account(JOE)).withMessageContaining(":4: ");
        assertThat(account(directory, BOB).quota()).contains(Quota.ofOctets(1 << 20));
        assertThat(account(directory, ANN).disabled()).isTrue();
    }

    @Test
    void aLineOfNobodyIsAProblemAndNothingElse() throws IOException {
        FileDirectory directory = directory("jeo: disabled\n:\n../x: disabled\n");

        assertThat(directory.problems()).hasSize(3).first().asString().contains("no user jeo");
        assertThat(account(directory, JOE).disabled()).isFalse();
        assertThat(directory.account(MailAddress.of("jeo@a.example"))).isEmpty();
    }

    @Test
    void aLinkThatLeadsNowhereIsNoMissingFile() throws IOException {
        Files.createSymbolicLink(folder.resolve("accounts.a.example"), folder.resolve("away"));
        FileDirectory directory = FileDirectory.builder(folder).build();

        assertThatIOException().isThrownBy(() -> directory.account(JOE)).withMessageContaining("leads nowhere");
    }

    @Test
    void moreAccountsThanAreAllowedAreAProblemAndWork() throws IOException {
        FileDirectory directory = FileDirectory.builder(folder)
                .domain(HostedDomain.of(A).withMaxAccounts(2))
                .build();

        assertThat(directory.problems()).singleElement().asString().contains("3 accounts, where 2 are allowed");
        assertThat(account(directory, BOB).disabled()).isFalse();
    }

    @Test
    void defaultsHoldForDomainsWithoutSettings() throws IOException {
        Files.copy(folder.resolve("passwd.a.example"), folder.resolve("passwd.b.example"));
        Domain b = Domain.of("b.example");
        FileDirectory directory = FileDirectory.builder(folder)
                .domain(HostedDomain.of(A).withMaxAccounts(7))
                .defaults(name -> HostedDomain.of(name).withMaxAccounts(2))
                .build();

        assertThat(directory.domain(A).orElseThrow().maxAccounts()).hasValue(7);
        assertThat(directory.domain(b).orElseThrow().maxAccounts()).hasValue(2);
        assertThat(directory.domain(b).orElseThrow().name()).isEqualTo(b);
        assertThat(directory.problems()).singleElement().asString().contains("passwd.b.example");
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe.quota", "joe.LOCK", "joe.lock__", "-joe", "joe who", "a@b", "a,b", "a\"b"})
    void aNameThatIsTakenForSomethingElseIsAProblemAndWorks(String name) throws IOException {
        Files.writeString(folder.resolve("passwd.a.example"), name + ":*:1:2::/:/bin/false\n");
        FileDirectory directory = FileDirectory.builder(folder).build();

        assertThat(directory.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.line()).isEqualTo(1));
        assertThat(directory.account(new MailAddress(name, A))).isPresent();
    }

    @Test
    void aDomainThatIsTakenForSomethingElseIsAProblem() throws IOException {
        for (String name : List.of("passwd.files", "passwd.a.example.bak", "passwd.b.example.bak")) {
            Files.writeString(folder.resolve(name), "");
        }
        FileDirectory directory = FileDirectory.builder(folder).build();

        assertThat(directory.problems())
                .extracting(FileProblem::toString)
                .satisfiesExactlyInAnyOrder(
                        problem -> assertThat(problem).contains("passwd.files: "),
                        problem -> assertThat(problem).contains("passwd.a.example.bak: ", "copy of passwd.a.example"));
    }

    /** Whoever is disabled in a sound file is not enabled by any damage to his line. */
    @ParameterizedTest
    @ValueSource(longs = {5, 60, 700})
    void noDamageBehindTheNameEnablesWhoIsDisabled(long seed) {
        Random random = new Random(seed);
        String good = "joe: disabled forward=ann,x@b.example";
        for (int round = 0; round < 3000; round++) {
            StringBuilder line = new StringBuilder(good);
            for (int damage = 0; damage <= random.nextInt(3); damage++) {
                int at = 3 + random.nextInt(line.length() - 3);
                char c = " :=,#\t\"dk\u0000\ufffdx".charAt(random.nextInt(12));
                switch (random.nextInt(3)) {
                    case 0 -> line.setCharAt(at, c);
                    case 1 -> line.insert(at, c);
                    default -> line.setLength(at);
                }
                if (line.length() < 4) {
                    line.append("  ");
                }
            }
            String name = line.substring(0, Math.max(0, AccountsFileTest.end(line.toString())));
            List<FileProblem> problems = new ArrayList<>();
            AccountsFile.Content content =
                    AccountsFile.parse(A, folder.resolve("x"), List.of(line.toString()), Set.of(JOE, ANN), problems);

            boolean disabled = content.settings().containsKey(JOE)
                    && (content.settings().get(JOE).disabled()
                            || content.settings().get(JOE).forward().isPresent());
            boolean someoneElses = !name.strip().equals("joe");
            assertThat(disabled || content.unclear().containsKey(JOE) || someoneElses)
                    .as("seed %d: %s", seed, line)
                    .isTrue();
            assertThat(problems.isEmpty())
                    .as("seed %d: %s", seed, line)
                    .isEqualTo(content.settings().size() == 1);
        }
    }

    private static int end(String line) {
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) == ':' || Character.isWhitespace(line.charAt(i))) {
                return i;
            }
        }
        return line.length();
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 90})
    void anyOctetsAreRead(long seed) throws IOException {
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            byte[] octets = new byte[random.nextInt(400)];
            random.nextBytes(octets);
            for (int i = 0; i < octets.length; i += 1 + random.nextInt(9)) {
                octets[i] = (byte) "\n :=,#joe".charAt(random.nextInt(9));
            }
            Files.write(folder.resolve("accounts.a.example"), octets);
            FileDirectory directory = FileDirectory.builder(folder).build();
            assertThat(directory.domain(A)).as("seed %d", seed).isPresent();
            assertThat(directory.problems().toString().getBytes(StandardCharsets.UTF_8))
                    .isNotNull();
        }
    }
}
