package org.vmail.directory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** Edits of the files of a directory. */
class FileDirectoryEditorTest {
    private static final Domain A = Domain.of("a.example");
    private static final Domain B = Domain.of("b.example");
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress ANN = MailAddress.of("ann@a.example");
    private static final MailAddress BOB = MailAddress.of("bob@a.example");
    private static final PasswordHash HASH = new PasswordHash("$6$salt$hash");
    private static final Clock DAY_20000 = Clock.fixed(Instant.ofEpochSecond(20_000L * 86_400), ZoneOffset.UTC);
    private static final FileDirectoryEditor.Done DONE = new FileDirectoryEditor.Done();

    @TempDir
    Path folder;

    @BeforeEach
    void files() throws IOException {
        write("passwd.a.example", "# users\njoe:x:60004:60000:Joe Who:/:/bin/false\nbroken\nANN:x:1:2::/:/bin/false\n");
        write("shadow.a.example", "joe:$6$a$b:19000:0:9000:7:::\nann:*:::::::\n");
    }

    private void write(String name, String text) throws IOException {
        Files.write(folder.resolve(name), text.getBytes(ISO_8859_1));
    }

    private String read(String name) throws IOException {
        return new String(Files.readAllBytes(folder.resolve(name)), ISO_8859_1);
    }

    private FileDirectory directory(HostedDomain... settings) throws IOException {
        FileDirectory.Builder builder = FileDirectory.builder(folder).clock(DAY_20000);
        Stream.of(settings).forEach(builder::domain);
        return builder.build();
    }

    private FileDirectoryEditor editor() throws IOException {
        return directory().editor();
    }

    private FileDirectoryEditor editor(EditableLines.Steps steps) throws IOException {
        return new FileDirectoryEditor(directory(), folder, Duration.ofSeconds(10), DAY_20000, steps);
    }

    private static void assertRefused(FileDirectoryEditor.Result result, String reason) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        FileDirectoryEditor.Refused.class,
                        refused -> assertThat(refused.reason()).contains(reason));
    }

    private List<String> archived() throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder.resolve(".removed"))) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    @Test
    void aDomainIsAddedAndHosted() throws IOException {
        assertThat(editor().addDomain(B)).isEqualTo(DONE);

        assertThat(directory().domain(B)).isPresent();
        assertThat(directory().users(B)).isEmpty();
        assertRefused(editor().addDomain(B), "exists");
    }

    @Test
    void theFirstDomainOfAnEmptyFolderIsAdded() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        FileDirectory directory = FileDirectory.builder(empty).build();

        assertThat(directory.editor().addDomain(B)).isEqualTo(DONE);
        assertThat(directory.editor().addUser(new Account(MailAddress.of("joe@b.example"), HASH)))
                .isEqualTo(DONE);
        assertThat(directory.users(B)).containsExactly(MailAddress.of("joe@b.example"));
        assertThat(mode(empty.resolve("shadow.b.example"))).isEqualTo("rw-r-----");
    }

    @Test
    void anotherNameOfADomainAndWhatLooksLikeACopyAreNotAdded() throws IOException {
        FileDirectoryEditor editor =
                directory(HostedDomain.of(A).withAliases(List.of(B))).editor();

        assertRefused(editor.addDomain(B), "another name of a.example");
        assertRefused(editor.addDomain(Domain.of("files")), "files");
        assertRefused(editor.addDomain(Domain.of("a.example.bak")), "copy");
        assertRefused(editor.addDomain(Domain.of("x".repeat(60) + ".x".repeat(95))), "too long");
    }

    @Test
    void aRemovedDomainIsKeptInTheArchive() throws IOException {
        write("aliases.a.example", "x: joe\n");
        String before = read("passwd.a.example");

        assertThat(editor().removeDomain(A)).isEqualTo(DONE);

        assertThat(directory().domains()).isEmpty();
        assertThat(archived()).contains("# users", "x: joe", "joe:$6$a$b:19000:0:9000:7:::");
        assertThat(mode(folder.resolve(".removed"))).isEqualTo("rwx------");
        assertThat(read(".removed/20241004T000000Z-a.example/passwd.a.example")).isEqualTo(before);
        assertRefused(editor().removeDomain(A), "no domain");
        assertThat(editor().addDomain(A)).isEqualTo(DONE);
        assertThat(editor().removeDomain(A)).as("the same second").isEqualTo(DONE);
    }

    @Test
    void aUserIsAddedWithNextUserIdAndTodaysDate() throws IOException {
        Account bob = new Account(MailAddress.of("Bob@a.example"), HASH)
                .withFullName("Bob Oh")
                .withQuota(Quota.ofOctets(5 << 20));

        assertThat(editor().addUser(bob)).isEqualTo(DONE);

        assertThat(read("passwd.a.example"))
                .endsWith("bob:x:60005:60000:Bob Oh:/vhome/a.example/home/bob:/bin/false\n");
        assertThat(read("shadow.a.example")).endsWith("bob:$6$salt$hash:20000:0:99999:7:::\n");
        assertThat(read("accounts.a.example")).isEqualTo("bob: quota=5M\n");
        assertThat(directory().account(BOB).orElseThrow())
                .isEqualTo(new Account(BOB, HASH).withFullName("Bob Oh").withQuota(Quota.ofOctets(5 << 20)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe.quota", "joe.lock", "-joe", "joe who", "j@oe", "JOE"})
    void aNameThatIsTakenIsRefused(String name) throws IOException {
        Map<String, String> before = files(folder);

        assertThat(editor().addUser(new Account(new MailAddress(name, A), HASH)))
                .isInstanceOf(FileDirectoryEditor.Refused.class);
        assertThat(files(folder)).isEqualTo(before);
    }

    @Test
    void whatCannotStandInAFileIsRefused() throws IOException {
        Map<String, String> before = files(folder);
        Account bob = new Account(BOB, HASH);

        assertRefused(editor().addUser(bob.withFullName("Bob:x")), "full name");
        assertRefused(editor().addUser(bob.withFullName("Bob\nroot:x")), "full name");
        assertRefused(editor().addUser(bob.withPasswordHash(PasswordHash.plain("a:b"))), "hash");
        assertRefused(editor().setPassword(JOE, PasswordHash.plain("a\nb")), "hash");
        assertRefused(editor().addUser(bob.withForward(new Forward(List.of(BOB), true))), "keep");
        assertRefused(editor().addUser(bob.withQuota(new Quota(0, 0))), "limit");
        assertRefused(editor().addUser(new Account(MailAddress.of("joe@b.example"), HASH)), "no domain");
        assertThat(files(folder)).isEqualTo(before);
    }

    @Test
    void noMoreAccountsAreMadeThanAreAllowed() throws IOException {
        FileDirectory directory = directory(HostedDomain.of(A).withMaxAccounts(3));

        assertThat(directory.editor().addUser(new Account(BOB, HASH))).isEqualTo(DONE);
        assertRefused(directory.editor().addUser(new Account(MailAddress.of("kim@a.example"), HASH)), "may have 3");
    }

    @Test
    void aRemovedUserIsKeptInTheArchiveAndComesBackWithoutWhatHeHad() throws IOException {
        write("accounts.a.example", "joe: forward=x@b.example\nann: disabled\n");

        assertThat(editor().removeUser(MailAddress.of("JOE@a.example"))).isEqualTo(DONE);

        assertThat(directory().account(JOE)).isEmpty();
        assertThat(read("passwd.a.example")).isEqualTo("# users\nbroken\nANN:x:1:2::/:/bin/false\n");
        assertThat(read("shadow.a.example")).isEqualTo("ann:*:::::::\n");
        assertThat(read("accounts.a.example")).isEqualTo("ann: disabled\n");
        assertThat(archived())
                .containsExactly(
                        "passwd.a.example:joe:x:60004:60000:Joe Who:/:/bin/false",
                        "shadow.a.example:joe:$6$a$b:19000:0:9000:7:::",
                        "accounts.a.example:joe: forward=x@b.example");
        assertRefused(editor().removeUser(JOE), "no user");
        assertThat(editor().addUser(new Account(JOE, HASH))).isEqualTo(DONE);
        assertThat(directory().account(JOE)).contains(new Account(JOE, HASH));
    }

    @Test
    void aPasswordIsSetAsOfTodayAndTheOtherFieldsStay() throws IOException {
        assertThat(editor().setPassword(JOE, HASH)).isEqualTo(DONE);

        assertThat(read("shadow.a.example")).isEqualTo("joe:$6$salt$hash:20000:0:9000:7:::\nann:*:::::::\n");
        assertRefused(editor().setPassword(BOB, HASH), "no user");
    }

    @Test
    void aPasswordMovesFromPasswdToShadow() throws IOException {
        write("passwd.a.example", "joe:$6$old$old:1:2:Joe:/:/bin/false\n");
        Files.delete(folder.resolve("shadow.a.example"));

        assertThat(editor().setPassword(JOE, HASH)).isEqualTo(DONE);

        assertThat(read("passwd.a.example")).isEqualTo("joe:x:1:2:Joe:/:/bin/false\n");
        assertThat(directory().account(JOE).orElseThrow().passwordHash()).isEqualTo(HASH);
    }

    @Test
    void settingsChangeOneByOne() throws IOException {
        write("accounts.a.example", "# who\nann: disabled # gone\n");
        assertThat(editor().setSettings(
                                JOE, settings -> new AccountSettings(true, settings.quota(), settings.forward())))
                .isEqualTo(DONE);
        assertThat(editor().setSettings(
                                JOE,
                                settings -> new AccountSettings(
                                        settings.disabled(), Optional.of(Quota.ofMessages(7)), settings.forward())))
                .isEqualTo(DONE);

        assertThat(read("accounts.a.example"))
                .isEqualTo("# who\nann: disabled # gone\njoe: disabled quota=unlimited,7\n");
        assertThat(editor().setSettings(JOE, settings -> AccountSettings.NONE)).isEqualTo(DONE);
        assertThat(read("accounts.a.example")).isEqualTo("# who\nann: disabled # gone\n");
        assertRefused(editor().setSettings(BOB, settings -> AccountSettings.NONE), "no user");
    }

    @Test
    void whatCannotBeReadIsNotOverwritten() throws IOException {
        write("accounts.a.example", "joe: disbled\n");

        assertRefused(editor().setSettings(JOE, settings -> AccountSettings.NONE), "disbled");
        assertThat(read("accounts.a.example")).isEqualTo("joe: disbled\n");
    }

    @Test
    void anAliasIsAddedAndRemovedWithTheLinesThatContinueIt() throws IOException {
        write("aliases.a.example", "# lists\nall: joe,\n  # and\n\tann\n\nother: joe\n");

        assertThat(editor().addAlias(MailAddress.of("Staff@a.example"), "joe, x@b.example"))
                .isEqualTo(DONE);
        assertThat(read("aliases.a.example")).endsWith("other: joe\nstaff: joe, x@b.example\n");
        assertThat(directory().aliases(A)).hasSize(3);
        assertRefused(editor().addAlias(MailAddress.of("ALL@a.example"), "joe"), "exists");
        assertRefused(editor().addAlias(BOB, "|cat"), "absolute path");
        assertRefused(editor().addAlias(BOB, "joe\nx: ann"), "line");
        assertRefused(editor().addAlias(BOB, ""), "empty");
        assertRefused(editor().addAlias(MailAddress.of("x@b.example"), "joe"), "no domain");

        assertThat(editor().removeAlias(MailAddress.of("all@a.example"))).isEqualTo(DONE);
        assertThat(read("aliases.a.example")).isEqualTo("# lists\n\nother: joe\nstaff: joe, x@b.example\n");
        assertRefused(editor().removeAlias(MailAddress.of("all@a.example")), "no alias");
    }

    @ParameterizedTest
    @CsvSource({"joe@a.example", "\"a b\"@a.example", "a.b@a.example", "a#b@a.example"})
    void anAliasThatIsAddedIsFound(String name) throws IOException {
        assertThat(editor().addAlias(MailAddress.of(name), "ann")).isEqualTo(DONE);
        assertThat(directory().alias(MailAddress.of(name))).isPresent();
        assertThat(editor().removeAlias(MailAddress.of(name))).isEqualTo(DONE);
        assertThat(directory().alias(MailAddress.of(name))).isEmpty();
    }

    @Test
    void everyOctetOfOtherLinesStays() throws IOException {
        String others = "\u00ef\u00bb\u00bfbob:x:1:2::/:/bin/false\r\n# j\u00f6rg\r\n\u00ff\u0000\r\n  \r\nno end";
        write("passwd.a.example", others);
        write("shadow.a.example", "");

        assertThat(editor().setPassword(BOB, HASH)).isEqualTo(DONE);
        assertThat(editor().addUser(new Account(JOE, HASH))).isEqualTo(DONE);
        assertThat(editor().removeUser(BOB)).isEqualTo(DONE);

        assertThat(read("passwd.a.example"))
                .isEqualTo(others.substring(others.indexOf('#'))
                        + "\r\njoe:x:60000:60000::/vhome/a.example/home/joe:/bin/false\r\n");
    }

    @Test
    void nobodyCanReadMoreThanBefore() throws IOException {
        chmod("shadow.a.example", "rw-------");
        chmod("passwd.a.example", "rw-rw-r--");
        assertThat(editor().addDomain(B)).isEqualTo(DONE);
        assertThat(editor().addUser(new Account(MailAddress.of("x@b.example"), HASH)))
                .isEqualTo(DONE);
        assertThat(editor().addUser(new Account(BOB, HASH))).isEqualTo(DONE);

        assertThat(mode("shadow.a.example")).isEqualTo("rw-------");
        assertThat(mode("shadow.b.example")).isEqualTo("rw-------");
        assertThat(mode("passwd.a.example")).isEqualTo("rw-rw-r--");
        assertThat(mode("passwd.b.example")).isEqualTo("rw-rw-r--");
        assertThat(mode(".vmail-lock")).isEqualTo("rw-------");
    }

    @Test
    void aNewShadowFileIsNoWiderThanTheServerNeeds() throws IOException {
        chmod("shadow.a.example", "rw-r--r--");
        assertThat(editor().addDomain(B)).isEqualTo(DONE);
        assertThat(editor().addUser(new Account(MailAddress.of("x@b.example"), HASH)))
                .isEqualTo(DONE);

        assertThat(mode("shadow.b.example")).isEqualTo("rw-r-----");
        assertThat(mode("shadow.a.example")).as("as the administrator left it").isEqualTo("rw-r--r--");
    }

    private void chmod(String name, String mode) throws IOException {
        Files.setPosixFilePermissions(folder.resolve(name), PosixFilePermissions.fromString(mode));
    }

    private String mode(String name) throws IOException {
        return mode(folder.resolve(name));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void aSymbolicLinkIsNotFollowedAndTheFolderMayBeOne() throws IOException {
        Path real = folder.resolve("elsewhere");
        Files.move(folder.resolve("shadow.a.example"), real);
        Files.createSymbolicLink(folder.resolve("shadow.a.example"), real);
        assertThatIOException()
                .isThrownBy(() -> editor().setPassword(JOE, HASH))
                .withMessageContaining("symbolic link");
        assertThat(Files.readString(real)).contains("$6$a$b");

        Files.move(real, folder.resolve("shadow.a.example"), StandardCopyOption.REPLACE_EXISTING);
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
        assertThat(FileDirectory.builder(link).build().editor().setPassword(JOE, HASH))
                .isEqualTo(DONE);
    }

    @Test
    void aFileThatSomebodyEditsByHandIsLeftAlone() throws IOException {
        FileDirectoryEditor editor = editor(step -> {
            if (step.equals("rename shadow.a.example")) {
                write("shadow.a.example", "by hand, and longer than before: joe:$6$a$b:19000:0:9000:7:::\n");
            }
        });

        assertThatIOException().isThrownBy(() -> editor.setPassword(JOE, HASH)).withMessageContaining("somebody else");
        assertThat(read("shadow.a.example")).startsWith("by hand");
        assertThat(folder.resolve(".shadow.a.example.new")).doesNotExist();
    }

    @Test
    void whatAKilledEditorLeftIsInNobodysWay() throws IOException {
        write(".shadow.a.example.new", "half a line");

        assertThat(editor().setPassword(JOE, HASH)).isEqualTo(DONE);
        assertThat(folder.resolve(".shadow.a.example.new")).doesNotExist();
        assertThat(directory().domains()).containsExactly(A);
    }

    @Test
    void anEditorThatCannotHaveTheLockSaysSoInTime() throws IOException {
        try (FileChannel channel = FileChannel.open(
                        folder.resolve(".vmail-lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThatIOException()
                    .isThrownBy(
                            () -> editor().withLockWait(Duration.ofMillis(50)).setPassword(JOE, HASH));
        }
    }

    /** Stops at each step in turn, as a killed process does. */
    @ParameterizedTest
    @ValueSource(
            strings = {"addUser", "removeUser", "setPassword", "disable", "addDomain", "removeDomain", "removeAlias"})
    void aStopAnywhereGivesNobodyAccessAndIsMadeGoodByTheSameAgain(String name) throws IOException {
        write("accounts.a.example", "ann: disabled\n");
        write("aliases.a.example", "x: joe\ny: joe\n");
        Map<String, String> before = files(folder);
        int stop = 0;
        boolean completed = false;
        while (!completed) {
            restore(before);
            int[] left = {stop};
            FileDirectoryEditor stopping = editor(step -> {
                if (left[0]-- == 0) {
                    throw new IOException("stopped before: " + step);
                }
            });
            try {
                edit(stopping, name);
                completed = true;
            } catch (IOException stopped) {
                assertThat(stopped).hasMessageStartingWith("stopped before: ");
                FileDirectory directory = directory();
                if (!name.equals("removeDomain")) {
                    assertThat(directory.account(ANN).orElseThrow().disabled()).isTrue();
                }
                if (name.equals("addUser")) {
                    assertThat(directory.account(BOB)).isEmpty();
                } else if (!name.startsWith("remove")) {
                    assertThat(directory
                                    .account(JOE)
                                    .orElseThrow()
                                    .passwordHash()
                                    .isLocked())
                            .isFalse();
                } else if (name.equals("removeUser") && directory.account(JOE).isPresent()) {
                    assertThat(directory
                                    .account(JOE)
                                    .orElseThrow()
                                    .passwordHash()
                                    .encoded())
                            .isEqualTo("$6$a$b");
                }
                assertThat(edit(editor(), name)).as("stopped at %s", stop).isEqualTo(DONE);
            }
            assertThat(edit(editor(), name))
                    .as("done already")
                    .matches(result -> result.equals(DONE)
                            == List.of("setPassword", "disable").contains(name));
            stop++;
        }
        assertThat(stop).isGreaterThan(1);
    }

    private static FileDirectoryEditor.Result edit(FileDirectoryEditor editor, String name) throws IOException {
        return switch (name) {
            case "addUser" -> editor.addUser(new Account(BOB, HASH).withQuota(Quota.ofOctets(1)));
            case "removeUser" -> editor.removeUser(JOE);
            case "setPassword" -> editor.setPassword(JOE, HASH);
            case "disable" ->
                editor.setSettings(
                        JOE, old -> new AccountSettings(false, Optional.of(Quota.ofOctets(7)), old.forward()));
            case "addDomain" -> editor.addDomain(B);
            case "removeDomain" -> editor.removeDomain(A);
            default -> editor.removeAlias(MailAddress.of("x@a.example"));
        };
    }

    private void restore(Map<String, String> files) throws IOException {
        try (Stream<Path> old = Files.walk(folder)) {
            for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(folder)) {
                    Files.delete(path);
                }
            }
        }
        for (Map.Entry<String, String> file : files.entrySet()) {
            write(file.getKey(), file.getValue());
        }
    }

    private static Map<String, String> files(Path folder) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.endsWith(DirectoryLock.NAME)) {
                    texts.put(file.getFileName().toString(), new String(Files.readAllBytes(file), ISO_8859_1));
                }
            }
        }
        return texts;
    }

    @Test
    void editorsAtTheSameTimeLoseNoEdit() throws Exception {
        int threads = 4;
        int rounds = 40;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Object>> work = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                Callable<Object> task = () -> {
                    FileDirectoryEditor editor = editor();
                    for (int round = 0; round < rounds; round++) {
                        MailAddress user = MailAddress.of("u" + thread + "x" + round + "@a.example");
                        assertThat(editor.addUser(new Account(user, HASH).withQuota(Quota.ofOctets(1 + round))))
                                .isEqualTo(DONE);
                        if (round % 2 == 1) {
                            assertThat(editor.removeUser(user)).isEqualTo(DONE);
                        }
                    }
                    return thread;
                };
                work.add(executor.submit(task));
            }
            for (Future<Object> done : work) {
                done.get(60, TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
        FileDirectory directory = directory();
        assertThat(directory.users(A)).hasSize(2 + threads * rounds / 2);
        assertThat(directory.problems()).singleElement().asString().contains("passwd.a.example:3: ");
        for (MailAddress user : directory.users(A)) {
            assertThat(directory.account(user).orElseThrow().quota().isPresent())
                    .as("%s", user)
                    .isEqualTo(user.localPart().contains("x"));
        }
    }
}
