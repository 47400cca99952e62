package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.CommandLine;
import org.vmail.directory.Directory;
import org.vmail.directory.Fallback;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.InMemoryDirectoryBuilder;

/** Programs that take a message, or filter it. */
@DisabledOnOs(OS.WINDOWS)
class ProgramsTest {
    private static final Domain A = Domain.of("a.example");
    private static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n";
    private static final Outcome ACCEPTED = new Outcome.Accepted();

    private final RecordingTarget target = new RecordingTarget();
    private final InMemoryDirectoryBuilder directory =
            Directory.inMemory().account("joe@a.example", "x").account("ann@a.example", "x");

    @TempDir
    Path folder;

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(target.open()).as("deliveries left open").isZero();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("working folders and spools left")
                    .noneMatch(name -> name.startsWith("vmail"));
        }
    }

    @Test
    void aProgramGetsTheMessageAndItsArguments() throws IOException {
        command("archive", script("cat > OUT; for a; do echo \"<$a>\" >> OUT; done"), "%u", "%d", "%f", "a b");

        assertThat(deliver("archive@a.example")).containsExactly(ACCEPTED);
        assertThat(output()).isEqualTo("""
                        Return-Path: <sender@x.example>
                        Delivered-To: archive@a.example
                        Subject: x

                        body
                        <archive>
                        <a.example>
                        <sender@x.example>
                        <a b>
                        """);
    }

    @Test
    void whatStrangersChooseIsNotInterpreted() throws IOException {
        String program = script("for a; do echo \"<$a>\" >> OUT; done");
        directory.domain(HostedDomain.of(A)
                .withCommands(true)
                .withFallback(new Fallback.ToCommand(new CommandLine(List.of(program, "%u", "x%u", "%f")))));

        assertThat(deliver(new ReversePath("$(id); `id` | * \"'\\@x.example"), "\"a; $HOME * 'b'\"@a.example"))
                .containsExactly(ACCEPTED);
        assertThat(output()).isEqualTo("<a; $HOME * 'b'>\n<xa; $HOME * 'b'>\n<$(id); `id` | * \"'\\@x.example>\n");
    }

    @Test
    void aSenderThatLooksLikeAnOptionIsRefused() throws IOException {
        command("archive", script("echo run > OUT"), "%f");

        assertThat(deliver(new ReversePath("-oQ/tmp@x.example"), "archive@a.example"))
                .singleElement()
                .isInstanceOf(Outcome.Refused.class);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void commandsNeedPermission() throws IOException {
        command("archive", script("echo run > OUT"));
        directory.domain(HostedDomain.of(A));

        assertThat(deliver("archive@a.example"))
                .extracting(Outcome::status)
                .containsExactly(EnhancedStatus.MISCONFIGURED);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void theEnvironmentIsCleanAndTheFolderItsOwn() throws IOException {
        command("archive", script("env > OUT; pwd >> OUT; touch left; mkdir -p a/b; ln -s /etc a/b/etc"));

        assertThat(deliver("archive@a.example")).containsExactly(ACCEPTED);
        assertThat(output().lines().filter(line -> line.contains("=")).map(line -> line.replaceFirst("=.*", "")))
                .isSubsetOf(
                        "PATH", "HOME", "TZ", "LANG", "LC_ALL", "VMAIL_PROCESS", "X", "PWD", "OLDPWD", "SHLVL", "_");
        assertThat(output()).contains("X=set", folder + "/vmail-command-");
        assertThat(Path.of("/etc/passwd")).exists();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2.1.5",
        "65, 5.6.0",
        "67, 5.1.1",
        "68, 5.1.2",
        "69, 5.3.0",
        "77, 5.7.0",
        "1, 4.3.0",
        "64, 4.3.0",
        "70, 4.3.0",
        "73, 4.3.0",
        "75, 4.3.0",
        "78, 4.3.0",
        "99, 4.3.0",
        "127, 4.3.0",
        "255, 4.3.0"
    })
    void theExitStatusIsReadAsInSysexits(int status, String code) throws IOException {
        command("archive", script("exit " + status));

        assertThat(deliver("archive@a.example"))
                .singleElement()
                .extracting(Outcome::status)
                .hasToString(code);
    }

    @Test
    void aProgramThatIsKilledOrMissingMakesTheMailWait() throws IOException {
        command("archive", script("kill -9 $$"));
        command("missing", folder.resolve("none").toString());

        assertThat(deliver("archive@a.example", "missing@a.example")).hasOnlyElementsOfType(Outcome.Deferred.class);
    }

    @Test
    void aProgramNeedNotReadTheMessage() throws IOException {
        command("archive", script("exit 0"));

        assertThat(deliver(new ReversePath("x@x.example"), MESSAGE + "y".repeat(1 << 20), "archive@a.example"))
                .containsExactly(ACCEPTED);
    }

    @Test
    void aProgramThatTakesTooLongIsKilledWithAllItStarted() throws IOException {
        command("archive", script("sleep 600 & echo $! > OUT; wait"));

        assertThat(deliver(Duration.ofSeconds(3), "archive@a.example")).hasOnlyElementsOfType(Outcome.Deferred.class);
        assertGone(output().strip());
    }

    @Test
    void whatAProgramLeavesRunningIsEnded() throws IOException {
        command("archive", script("sleep 600 & echo $! > OUT"));

        assertThat(deliver("archive@a.example")).containsExactly(ACCEPTED);
        assertGone(output().strip());
    }

    @Test
    void aMessageThatBreaksOffIsNotTakenForWhole() throws IOException {
        command("archive", script("cat > OUT.part && mv OUT.part OUT"));
        InputStream broken = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] octets, int offset, int length) throws IOException {
                throw new IOException("the disk is gone");
            }
        };
        AtomicInteger opened = new AtomicInteger();
        MessageSource breaking = () -> opened.getAndIncrement() == 0
                ? InputStream.nullInputStream()
                : new SequenceInputStream(new ByteArrayInputStream(new byte[100_000]), broken);

        List<DeliveryResult> results = deliverer(Duration.ofSeconds(20))
                .deliver(new Envelope(ReversePath.none(), List.of(MailAddress.of("archive@a.example"))), breaking);
        assertThat(results).extracting(DeliveryResult::outcome).hasOnlyElementsOfType(Outcome.Deferred.class);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void aProgramThatFailsGivesNobodyACopy() throws IOException {
        directory.alias(new Alias(
                MailAddress.of("list@a.example"),
                List.of(
                        new AliasTarget.Address(MailAddress.of("joe@a.example")),
                        new AliasTarget.Command(new CommandLine(List.of(script("exit 75")))))));
        directory.domain(HostedDomain.of(A).withCommands(true));

        assertThat(deliver("list@a.example")).hasOnlyElementsOfType(Outcome.Deferred.class);
        assertThat(target.mailboxes()).as("the next attempt gives nobody two").isEmpty();
    }

    @Test
    void aProgramRunsOnceForAllWhoLeadToIt() throws IOException {
        command("archive", script("echo run >> OUT"));
        directory.alias("one@a.example", "archive@a.example").alias("two@a.example", "archive@a.example");

        assertThat(deliver("one@a.example", "two@a.example", "archive@a.example", "one@a.example"))
                .containsOnly(ACCEPTED)
                .hasSize(4);
        assertThat(output()).isEqualTo("run\n");
    }

    @Test
    void aMessageThatAProgramSentBackIsALoop() throws IOException {
        command("archive", script("echo run >> OUT"));

        assertThat(deliver(ReversePath.none(), "Delivered-To: archive@a.example\r\n" + MESSAGE, "archive@a.example"))
                .extracting(Outcome::status)
                .containsExactly(EnhancedStatus.LOOP);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void aFilterChangesTheMessage() throws IOException {
        filter(script("echo \"X-Filter: $1 $2\"; cat"), "%d", "%f");

        assertThat(deliver("joe@a.example", "ann@a.example")).containsExactly(ACCEPTED, ACCEPTED);
        for (String user : List.of("joe", "ann")) {
            assertThat(target.messages(user + "@a.example"))
                    .containsExactly("Return-Path: <sender@x.example>\r\nDelivered-To: " + user
                            + "@a.example\r\nX-Filter: a.example sender@x.example\nSubject: x\n\nbody\n");
        }
    }

    @Test
    void aFilterRunsOnceForAMessage() throws IOException {
        filter(script("echo run >> OUT; cat"));

        assertThat(deliver("joe@a.example", "ann@a.example")).containsExactly(ACCEPTED, ACCEPTED);
        assertThat(output()).isEqualTo("run\n");
    }

    @Test
    void aFilterThatWritesNothingDiscardsTheMessage() throws IOException {
        filter(script("cat > /dev/null"));

        assertThat(deliver("joe@a.example")).containsExactly(ACCEPTED);
        assertThat(target.mailboxes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"cat; exit 1", "cat; exit 67", "cat; kill -9 $$", "yes; true"})
    void aFilterThatFailsMakesTheMailWait(String first, String second) throws IOException {
        filter(script(first + "; " + second));

        assertThat(deliver("joe@a.example")).hasOnlyElementsOfType(Outcome.Deferred.class);
        assertThat(target.mailboxes()).isEmpty();
    }

    @Test
    void aFilterIsForTheMailOfItsDomainAlone() throws IOException {
        filter(script("cat > /dev/null"));
        directory.account("bob@b.example", "x").alias("list@b.example", "bob@b.example", "joe@a.example");

        assertThat(deliver("list@b.example")).containsExactly(ACCEPTED);
        assertThat(target.mailboxes()).containsExactly("bob@b.example");
    }

    @Test
    void aLargeMessagePassesAFilter() throws IOException {
        filter(script("cat"));
        String message = MESSAGE + ("z".repeat(98) + "\r\n").repeat(30_000);

        assertThat(deliver(new ReversePath("x@x.example"), message, "joe@a.example"))
                .containsExactly(ACCEPTED);
        assertThat(target.messages("joe@a.example")).singleElement().asString().endsWith(message.replace("\r\n", "\n"));
    }

    private static void assertGone(String pid) {
        await().until(() -> ProcessHandle.of(Long.parseLong(pid)).isEmpty());
    }

    private void command(String alias, String... words) {
        directory.domain(HostedDomain.of(A).withCommands(true));
        directory.alias(new Alias(
                new MailAddress(alias, A), List.of(new AliasTarget.Command(new CommandLine(List.of(words))))));
    }

    private void filter(String... words) {
        directory.domain(HostedDomain.of(A).withFilter(new CommandLine(List.of(words))));
    }

    private String script(String text) throws IOException {
        Path script = Files.createTempFile(folder, "script", ".sh");
        Files.writeString(
                script,
                "#!/bin/sh\n" + text.replace("OUT", folder.resolve("out").toString()) + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    private String output() throws IOException {
        return Files.readString(folder.resolve("out"));
    }

    private List<Outcome> deliver(String... recipients) {
        return deliver(new ReversePath("sender@x.example"), recipients);
    }

    private List<Outcome> deliver(ReversePath sender, String recipient) {
        return deliver(sender, new String[] {recipient});
    }

    private List<Outcome> deliver(ReversePath sender, String[] recipients) {
        return deliver(sender, MESSAGE, Duration.ofSeconds(20), recipients);
    }

    private List<Outcome> deliver(ReversePath sender, String message, String recipient) {
        return deliver(sender, message, Duration.ofSeconds(20), recipient);
    }

    private List<Outcome> deliver(Duration limit, String recipient) {
        return deliver(new ReversePath("sender@x.example"), MESSAGE, limit, recipient);
    }

    private List<Outcome> deliver(ReversePath sender, String message, Duration limit, String... recipients) {
        Envelope envelope = new Envelope(
                sender, Arrays.stream(recipients).map(MailAddress::of).toList());
        return deliverer(limit).deliver(envelope, MessageSource.of(message.getBytes(ISO_8859_1))).stream()
                .map(DeliveryResult::outcome)
                .toList();
    }

    private Deliverer deliverer(Duration limit) {
        return Deliverer.over(directory.build(), target)
                .withCommandOptions(CommandOptions.defaults()
                        .withTimeLimit(limit)
                        .withFolder(folder)
                        .withMemoryOctets(1000)
                        .withMaxFilteredOctets(8 << 20)
                        .withEnvironment(Map.of("X", "set")));
    }
}
