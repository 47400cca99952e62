package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.when;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.MockedStatic;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.address.HostileText;
import org.vmail.address.MailAddress;
import org.vmail.internal.ManualClock;

class FileDirectoryTest {
    private static final Domain A = Domain.of("a.example");
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String HASH = "$6$salt$SECRETHASH";
    private static final String JOE = "joe:x:60000:60000:Joe Who,,,:/vhome/a.example/home/joe:/bin/false\n";
    private static final String ANN = "ann:x:60001:60000::/vhome/a.example/home/ann:/bin/false\n";
    private static final String JOE_SHADOW = "joe:" + HASH + ":19000:0:99999:7:::\n";
    private static final String ANN_SHADOW = "ann:!:19000::::::\n";

    private final ManualClock clock = new ManualClock();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private long version;

    @TempDir
    Path folder;

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LoggerFactory.getLogger("org.vmail.directory")).addAppender(log);
    }

    @AfterEach
    void stopListening() {
        ((Logger) LoggerFactory.getLogger("org.vmail.directory")).detachAppender(log);
    }

    private FileDirectory directory() throws IOException {
        return FileDirectory.builder(folder)
                .checkInterval(INTERVAL)
                .nanoClock(clock)
                .build();
    }

    /** Writes a file, whose time of change differs from all before however coarse the file system's clock is. */
    private Path write(String name, String text) throws IOException {
        Path file = Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
        return Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + ++version));
    }

    private void writeJoeAndAnn() throws IOException {
        write("passwd.a.example", JOE + ANN);
        write("shadow.a.example", JOE_SHADOW + ANN_SHADOW);
    }

    private void check(FileDirectory directory) throws IOException {
        clock.advance(INTERVAL);
        assertThat(directory.domain(A)).isNotNull();
    }

    /** A directory that has read its files and found them still. */
    private FileDirectory settled() throws IOException {
        FileDirectory directory = directory();
        assertThat(directory.domain(A)).isPresent();
        check(directory);
        return directory;
    }

    private static Optional<Account> account(Directory directory, String address) throws IOException {
        return directory.account(MailAddress.of(address));
    }

    private static void assertHas(Directory directory, String... users) throws IOException {
        for (String user : users) {
            assertThat(account(directory, user + "@a.example")).as(user).isPresent();
        }
    }

    private List<String> logged() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void linuxconfsFilesAreRead() throws IOException {
        writeJoeAndAnn();
        write("aliases.a.example", "# the alias file\npostmaster: joe\n");
        write("passwd.b.example", "joe:" + HASH + ":60000:60000::/:/bin/false\n");
        FileDirectory directory = directory();

        assertThat(account(directory, "joe@a.example"))
                .contains(new Account(MailAddress.of("joe@a.example"), new PasswordHash(HASH)).withFullName("Joe Who"));
        assertThat(account(directory, "ann@a.example"))
                .hasValueSatisfying(
                        ann -> assertThat(ann.passwordHash().isLocked()).isTrue());
        assertThat(account(directory, "joe@b.example"))
                .map(Account::passwordHash)
                .contains(new PasswordHash(HASH));
        assertThat(directory.alias(MailAddress.of("postmaster@a.example"))).isPresent();
        assertThat(directory.domains()).map(Domain::name).containsExactly("a.example", "b.example");
        assertThat(directory.problems()).isEmpty();
        assertThat(log.list).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n"})
    void linesMayEndAsTheyDoElsewhere(String lineEnd) throws IOException {
        write("passwd.a.example", (JOE + "\n# comment\n" + ANN).replace("\n", lineEnd));
        write("shadow.a.example", (JOE_SHADOW + ANN_SHADOW).replace("\n", lineEnd));
        FileDirectory directory = directory();
        assertHas(directory, "joe", "ann");
        assertThat(account(directory, "joe@a.example"))
                .map(Account::passwordHash)
                .contains(new PasswordHash(HASH));
        assertThat(directory.problems()).isEmpty();
    }

    @Test
    void onlyAFileUnderTheCanonicalNameIsADomain() throws IOException {
        write("passwd.a.example", JOE);
        for (String name :
                List.of("passwd", "passwd.", "passwd.B.example", "passwd.a.example~", "passwd.c..d", "x.a")) {
            write(name, JOE);
        }
        assertThat(directory().domains()).containsExactly(A);
        assertThat(directory().domain(Domain.of("b.example"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "passwd; bob; 1 fields instead of 7",
                "passwd; bob:x:1:2:bob:/bob; 6 fields instead of 7",
                "passwd; bob:x:1:2:bob:/bob:/bin/false:; 8 fields instead of 7",
                "passwd; $6$salt$SECRETHASH; 1 fields instead of 7",
                "passwd; :x:1:2::/:/bin/false; no name that a user can have",
                "passwd; ../bob:x:1:2::/:/bin/false; no name that a user can have",
                "passwd; .bob:x:1:2::/:/bin/false; no name that a user can have",
                "passwd; b\u0000b:x:1:2::/:/bin/false; no name that a user can have",
                "passwd; $6$sa/t$SECRETHASH:x:1:2::/:/bin/false; no name that a user can have",
                "passwd; joe:$6$salt$SECRETHASH:1:2::/:/bin/false; stands further up already",
                "passwd; JOE:x:1:2::/:/bin/false; stands further up already",
                "passwd; bob:x:1:2::/:/bin/false; has no line in the shadow file",
                "passwd; bob::1:2::/:/bin/false; an empty password lets nobody in",
                "shadow; bob:$6$salt$SECRETHASH; 2 fields instead of 9",
                "shadow; $6$salt$SECRETHASH:19000:0:99999:7:::; 8 fields instead of 9",
                "shadow; $6$sa/t$SECRETHASH:19000:0:99999:7::::; no name that a user can have",
                "shadow; joe:$6$salt$SECRETHASH:19000:0:99999:7:::; stands further up already",
                "shadow; bob::19000:0:99999:7:::; an empty password lets nobody in",
                "aliases; staff; no colon",
                "aliases; staff: |cat; keeps its mail waiting"
            })
    void aBrokenLineIsReportedWithFileAndNumberAndTheOthersCount(String file, String line, String reason)
            throws IOException {
        write("passwd.a.example", JOE + "\n" + (file.equals("passwd") ? line + "\n" : "\n") + ANN);
        write("shadow.a.example", JOE_SHADOW + "\n" + (file.equals("shadow") ? line + "\n" : "\n") + ANN_SHADOW);
        write("aliases.a.example", "first: joe\n\n" + (file.equals("aliases") ? line + "\n" : "\n") + "last: ann\n");
        FileDirectory directory = directory();

        assertThat(directory.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.toString())
                    .startsWith(folder.resolve(file + ".a.example") + ":3: ")
                    .contains(reason)
                    .doesNotContain("SECRETHASH");
            assertThat(logged()).containsExactly(problem.toString());
        });
        assertThat(account(directory, "joe@a.example"))
                .map(Account::passwordHash)
                .contains(new PasswordHash(HASH));
        assertHas(directory, "joe", "ann");
        assertThat(directory.alias(MailAddress.of("first@a.example"))).isPresent();
        assertThat(directory.alias(MailAddress.of("last@a.example"))).isPresent();
    }

    @ParameterizedTest
    @CsvSource({"bob:x:1:2::/:/bin/false", "bob::1:2::/:/bin/false"})
    void whoHasNoPasswordExistsButIsLocked(String line) throws IOException {
        write("passwd.a.example", line + "\n");
        assertThat(account(directory(), "bob@a.example"))
                .hasValueSatisfying(
                        bob -> assertThat(bob.passwordHash().isLocked()).isTrue());
    }

    @Test
    void aNameInAnotherEncodingIsReported() throws IOException {
        Files.write(
                folder.resolve("passwd.a.example"),
                (JOE + "j\u00f6rg:*:1:2::/:/bin/false\n" + ANN).getBytes(StandardCharsets.ISO_8859_1));
        write("shadow.a.example", JOE_SHADOW + ANN_SHADOW);
        FileDirectory directory = directory();
        assertThat(directory.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.line()).isEqualTo(2));
        assertHas(directory, "joe", "ann");
    }

    @Test
    void aChangeCountsAfterTwoChecksThatFindTheFilesAlike() throws IOException {
        writeJoeAndAnn();
        FileDirectory directory = settled();
        write("passwd.a.example", JOE + ANN + "bob:*:1:2::/:/bin/false\n");
        check(directory);
        assertThat(account(directory, "bob@a.example")).isEmpty();
        check(directory);
        assertHas(directory, "joe", "ann", "bob");
    }

    @Test
    void withinACheckIntervalTheFilesAreNotLookedAt() throws IOException {
        writeJoeAndAnn();
        FileDirectory directory = settled();
        write("passwd.a.example", JOE);
        for (int i = 0; i < 3; i++) {
            clock.advance(INTERVAL.dividedBy(4));
            assertHas(directory, "joe", "ann");
        }
        clock.advance(INTERVAL.dividedBy(4));
        assertHas(directory, "ann");
        check(directory);
        assertThat(account(directory, "ann@a.example")).isEmpty();
    }

    @Test
    void aFileThatIsBeingWrittenLosesNobody() throws IOException {
        writeJoeAndAnn();
        FileDirectory directory = settled();
        String longer = JOE + "bob:*:1:2::/:/bin/false\n" + ANN;
        for (int written = 0; written < longer.length(); written += 9) {
            write("passwd.a.example", longer.substring(0, written));
            check(directory);
            assertHas(directory, "joe", "ann");
        }
        write("passwd.a.example", longer);
        check(directory);
        check(directory);
        assertHas(directory, "joe", "bob", "ann");
    }

    @Test
    void aFirstReadingOfHalfAFileIsMadeGood() throws IOException {
        write("passwd.a.example", JOE);
        write("shadow.a.example", JOE_SHADOW + ANN_SHADOW);
        FileDirectory directory = directory();
        assertHas(directory, "joe");
        write("passwd.a.example", JOE + ANN);
        check(directory);
        check(directory);
        assertHas(directory, "joe", "ann");
    }

    @Test
    void aFileThatIsReplacedByARenameIsTakenUp() throws IOException {
        writeJoeAndAnn();
        FileDirectory directory = settled();
        FileTime before = Files.getLastModifiedTime(folder.resolve("shadow.a.example"));
        Path replacement = write("new", JOE_SHADOW.replace("SECRETHASH", "SECRETHSAH") + ANN_SHADOW);
        Files.setLastModifiedTime(replacement, before); // same time, same length: only the file is another
        Files.move(replacement, folder.resolve("shadow.a.example"), StandardCopyOption.ATOMIC_MOVE);
        check(directory);
        check(directory);
        assertThat(account(directory, "joe@a.example"))
                .map(Account::passwordHash)
                .contains(new PasswordHash("$6$salt$SECRETHSAH"));
    }

    @Test
    void aFileThatIsAwayForAMomentLosesNobody() throws IOException {
        writeJoeAndAnn();
        FileDirectory directory = settled();
        Files.delete(folder.resolve("passwd.a.example"));
        check(directory);
        assertHas(directory, "joe", "ann");
        writeJoeAndAnn();
        check(directory);
        assertHas(directory, "joe", "ann");
    }

    @Test
    void aDomainWithoutItsFileIsNoLongerHosted() throws IOException {
        writeJoeAndAnn();
        write("passwd.b.example", JOE);
        FileDirectory directory = settled();
        Files.delete(folder.resolve("passwd.a.example"));
        check(directory);
        check(directory);
        assertThat(directory.domain(A)).isEmpty();
        assertThat(account(directory, "joe@a.example")).isEmpty();
        assertThat(account(directory, "joe@b.example")).isPresent();
    }

    @Test
    void aFolderWithoutAnyDomainIsTakenForOneThatIsNotMounted() throws IOException {
        FileDirectory directory = directory();
        assertThatIOException().isThrownBy(() -> directory.domain(A)).withMessageContaining("mounted");
    }

    @Test
    void aDomainThatIsTooLongForAFileNameIsNotHosted() throws IOException {
        write("passwd.b.example", JOE);
        String label = "x".repeat(63) + ".";
        Domain longest = Domain.of(label.repeat(3) + "x".repeat(53) + ".example");
        assertThat(longest.name()).hasSize(253);
        assertThat(directory().domain(longest)).isEmpty();
    }

    @Test
    void aNewDomainAppearsAtOnce() throws IOException {
        write("passwd.b.example", JOE);
        FileDirectory directory = directory();
        assertThat(directory.domain(A)).isEmpty();
        writeJoeAndAnn();
        assertThat(directory.domain(A)).isPresent();
        assertHas(directory, "joe", "ann");
    }

    @Test
    void aDomainThatIsNotHereIsLookedForInTheFolderOnceInACheckInterval() throws IOException {
        write("passwd.b.example", JOE);
        FileDirectory directory = directory();
        assertThat(directory.domain(A)).isEmpty();
        Files.delete(folder.resolve("passwd.b.example"));
        assertThat(directory.domain(A)).as("known not to be here").isEmpty();
        clock.advance(INTERVAL);
        assertThatIOException().as("an empty folder").isThrownBy(() -> directory.domain(A));
    }

    @Test
    void aDomainThatComesBackAppearsAtOnce() throws IOException {
        write("passwd.b.example", JOE);
        writeJoeAndAnn();
        FileDirectory directory = settled();
        Files.delete(folder.resolve("passwd.a.example"));
        check(directory);
        check(directory);
        assertThat(directory.domain(A)).isEmpty();
        writeJoeAndAnn();
        assertHas(directory, "joe", "ann");
    }

    @Test
    void aFileThatCannotBeReadKeepsWhatItSaid() throws IOException {
        writeJoeAndAnn();
        FileDirectory directory = settled();
        Files.delete(folder.resolve("shadow.a.example"));
        Files.createDirectory(folder.resolve("shadow.a.example")); // no file, and so unreadable even for root
        for (int i = 0; i < 5; i++) {
            check(directory);
            assertThat(account(directory, "joe@a.example"))
                    .map(Account::passwordHash)
                    .contains(new PasswordHash(HASH));
        }
        assertThat(logged()).anySatisfy(line -> assertThat(line).contains("still counts"));
        Files.delete(folder.resolve("shadow.a.example"));
        write("shadow.a.example", JOE_SHADOW.replace("SECRET", "OTHER"));
        check(directory);
        check(directory);
        assertThat(account(directory, "joe@a.example"))
                .map(Account::passwordHash)
                .contains(new PasswordHash("$6$salt$OTHERHASH"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"passwd.a.example", "shadow.a.example", "aliases.a.example"})
    void aFileThatNeverCouldBeReadIsAnIoExceptionForItsDomainAlone(String name) throws IOException {
        writeJoeAndAnn();
        write("passwd.b.example", JOE);
        Files.deleteIfExists(folder.resolve(name));
        Files.createDirectory(folder.resolve(name));
        FileDirectory directory = directory();
        assertThatExceptionOfType(IOException.class)
                .as("not 'no such user': the mail must wait")
                .isThrownBy(() -> account(directory, "joe@a.example"))
                .withMessageContaining("a.example");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> directory.domain(A));
        assertThatExceptionOfType(IOException.class).isThrownBy(directory::problems);
        assertThat(account(directory, "joe@b.example")).isPresent();
    }

    @Test
    void aDirectoryIsNotBuiltOverAMissingFolder() throws IOException {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(
                        () -> FileDirectory.builder(folder.resolve("missing")).build());
        Path file = write("file", "");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Directory.files(file));
    }

    @Test
    void whenTheFolderIsGoneNobodyIsUnknown() throws IOException {
        writeJoeAndAnn();
        FileDirectory directory = settled();
        Path unmounted = folder.resolveSibling(folder.getFileName() + "-unmounted");
        Files.move(folder, unmounted);
        try {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> directory.domain(Domain.of("b.example")))
                    .withMessageContaining("mounted");
            assertThatExceptionOfType(IOException.class).isThrownBy(directory::domains);
            clock.advance(INTERVAL);
            assertHas(directory, "joe"); // seen once: perhaps it is only being replaced
            clock.advance(INTERVAL);
            for (int i = 0; i < 3; i++) {
                assertThatExceptionOfType(IOException.class).isThrownBy(() -> account(directory, "joe@a.example"));
            }
        } finally {
            Files.move(unmounted, folder);
        }
        assertHas(directory, "joe", "ann");
    }

    @Test
    @SuppressWarnings("StreamResourceLeak") // Mockito is told what to return; nothing is opened
    void aFolderThatFailsWhileItIsListedIsAnIoException() throws IOException {
        FileDirectory directory = directory();
        try (DirectoryStream<Path> failing = mock();
                MockedStatic<Files> files = mockStatic(Files.class, CALLS_REAL_METHODS)) {
            when(failing.iterator()).thenThrow(new DirectoryIteratorException(new IOException("Stale file handle")));
            files.when(() -> Files.newDirectoryStream(folder, "passwd.*")).thenReturn(failing);
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(directory::domains)
                    .withMessage("Stale file handle");
        }
    }

    @Test
    void problemsAreLoggedOnceUntilTheyChange() throws IOException {
        write("passwd.a.example", "broken\n");
        FileDirectory directory = settled();
        check(directory);
        assertThat(logged()).hasSize(1);
        write("passwd.a.example", "\nbroken\n");
        check(directory);
        check(directory);
        assertThat(logged()).hasSize(2);
    }

    @Test
    void settingsWithoutFilesAreAProblem() throws IOException {
        write("passwd.b.example", "");
        FileDirectory directory =
                FileDirectory.builder(folder).domain(HostedDomain.of(A)).build();
        assertThat(directory.domain(A)).isEmpty();
        assertThat(directory.problems())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem).hasToString(folder.resolve("passwd.a.example") + ": " + problem.text()));
    }

    @Test
    void aNameIsOfOneDomainOnly() {
        FileDirectory.Builder builder = FileDirectory.builder(folder)
                .domain(HostedDomain.of(A))
                .domain(HostedDomain.of(Domain.of("b.example")).withAliases(List.of(A)));
        assertThatIllegalArgumentException().isThrownBy(builder::build);
    }

    @Test
    void theCheckIntervalMustBePositive() {
        FileDirectory.Builder builder = FileDirectory.builder(folder);
        assertThatIllegalArgumentException().isThrownBy(() -> builder.checkInterval(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.checkInterval(Duration.ofNanos(-1)));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void garbageTakesNoGoodLineWithItAndShowsNoHash(long seed) throws IOException {
        HostileText texts = new HostileText(seed);
        for (int i = 0; i < 40; i++) {
            StringBuilder passwd = new StringBuilder();
            StringBuilder shadow = new StringBuilder();
            for (int line = 0; line < 10; line++) {
                passwd.append(JOE.replace("joe", "good" + line))
                        .append(garbage(texts))
                        .append('\n');
                shadow.append(JOE_SHADOW.replace("joe", "good" + line))
                        .append(garbage(texts))
                        .append('\n');
            }
            write("passwd.a.example", passwd.toString());
            write("shadow.a.example", shadow.toString());
            FileDirectory directory = directory();
            for (int line = 0; line < 10; line++) {
                assertThat(account(directory, "good" + line + "@a.example"))
                        .map(Account::passwordHash)
                        .contains(new PasswordHash(HASH));
            }
            assertThat(directory.problems()).isNotEmpty().allSatisfy(problem -> {
                assertThat(problem.line()).isPositive();
                assertThat(problem.text()).doesNotContain("SECRET").doesNotContainPattern("\\p{Cc}");
            });
        }
        assertThat(logged()).noneMatch(line -> line.contains("SECRET"));
    }

    /** Perhaps with a hash somewhere in it, as in a line that an editor broke. */
    private static String garbage(HostileText texts) {
        return texts.next() + ":" + texts.next() + "$6$SECRET/SECRET" + texts.next();
    }

    @Test
    void whoseLoginHasExpiredStillHasAnAccount() throws IOException {
        write("passwd.a.example", JOE + ANN);
        write("shadow.a.example", "joe:" + HASH + ":19000:0:99999:7::20000:\nann:" + HASH + ":19000:0:100::::\n");

        assertThat(accountAt(19_100, "joe").passwordHash().isLocked()).isFalse();
        assertThat(accountAt(19_100, "ann").passwordHash().isLocked()).isFalse();
        assertThat(accountAt(19_101, "ann").passwordHash().isLocked())
                .as("the password is older than it may be")
                .isTrue();
        assertThat(accountAt(19_999, "joe").passwordHash().isLocked()).isFalse();
        assertThat(accountAt(20_000, "joe").passwordHash().isLocked())
                .as("shadow(5): the account expires on that day")
                .isTrue();
        assertThat(accountAt(20_000, "joe").disabled())
                .as("and still gets mail")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {":0:0:99999:7:::", ":19000:0:99999:7::soon:", ":19000:0:99999:7::0:"})
    void whoHasToChangeThePasswordAtOnceOrCannotBeToldCannotLogIn(String fields) throws IOException {
        write("passwd.a.example", JOE);
        write("shadow.a.example", "joe:" + HASH + fields + "\n");

        assertThat(accountAt(19_100, "joe").passwordHash().isLocked()).isTrue();
    }

    private Account accountAt(long day, String user) throws IOException {
        Clock clock = Clock.fixed(Instant.EPOCH.plus(Duration.ofDays(day)), ZoneOffset.UTC);
        return FileDirectory.builder(folder)
                .clock(clock)
                .build()
                .account(MailAddress.of(user + "@a.example"))
                .orElseThrow();
    }

    @Test
    void aUserIsFoundByHisFullName() throws IOException {
        writeJoeAndAnn();

        for (String name : List.of("joe.who@a.example", "Joe.Who@A.Example")) {
            assertThat(directory().accountOfFullName(MailAddress.of(name)).map(Account::address))
                    .contains(MailAddress.of("joe@a.example"));
        }
        for (String name : List.of("joe@a.example", "who@a.example", "joe.who@b.example", "\"joe who\"@a.example")) {
            assertThat(directory().accountOfFullName(MailAddress.of(name)))
                    .as(name)
                    .isEmpty();
        }
    }

    @Test
    void aNameThatTwoUsersHaveIsNobodys() throws IOException {
        write("passwd.a.example", JOE + JOE.replace("joe:", "joe2:").replace("Joe Who", "joe  who"));

        assertThat(directory().accountOfFullName(MailAddress.of("joe.who@a.example")))
                .isEmpty();
    }

    @Test
    void theOwnAliasFileComesFirstAndTheOthersInTheirOrder() throws IOException {
        writeJoeAndAnn();
        write("aliases.a.example", "one: own\n");
        Path second = write("second", "one: second\ntwo: second\nx@b.example: second\n");
        Path third = write("third", "one: third\ntwo: third\nthree: third\n");
        FileDirectory directory = withAliasFiles(second, third);

        assertThat(target(directory, "one")).isEqualTo("own");
        assertThat(target(directory, "two")).isEqualTo("second");
        assertThat(target(directory, "three")).isEqualTo("third");
        assertThat(directory.problems()).isEmpty();
    }

    @Test
    void aFurtherAliasFileThatIsMissingLeavesOpenWhoIsUnknown() throws IOException {
        writeJoeAndAnn();
        write("aliases.a.example", "one: own\n");
        FileDirectory directory = withAliasFiles(folder.resolve("missing"));

        assertThat(target(directory, "one")).isEqualTo("own");
        assertThatIOException()
                .isThrownBy(() -> directory.alias(MailAddress.of("two@a.example")))
                .withMessageContaining("missing");
        assertHas(directory, "joe");
        assertThat(directory.problems()).singleElement().asString().contains("missing");
    }

    @Test
    void aFurtherAliasFileThatChangesIsReadAgain() throws IOException {
        writeJoeAndAnn();
        Path further = write("further", "one: first\n");
        FileDirectory directory = withAliasFiles(further);
        assertThat(target(directory, "one")).isEqualTo("first");
        check(directory);

        write("further", "one: later\n");
        check(directory);
        check(directory);
        assertThat(target(directory, "one")).isEqualTo("later");
    }

    private FileDirectory withAliasFiles(Path... files) throws IOException {
        return FileDirectory.builder(folder)
                .domain(HostedDomain.of(A).withAliasFiles(List.of(files)))
                .checkInterval(INTERVAL)
                .nanoClock(clock)
                .build();
    }

    private static String target(Directory directory, String name) throws IOException {
        Alias alias = directory.alias(new MailAddress(name, A)).orElseThrow();
        return ((AliasTarget.Address) alias.targets().get(0)).address().localPart();
    }
}
