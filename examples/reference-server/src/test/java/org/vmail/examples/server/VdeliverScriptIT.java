package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shell script that MTAs run, in a copy of the folder that the build makes. */
class VdeliverScriptIT {
    private static final byte[] MESSAGE = "From ann\nSubject: hello\n\nDear Joe\n".getBytes(ISO_8859_1);

    @TempDir
    Path folder;

    private Site site;
    private Path config;
    private Path script;

    @BeforeEach
    void install() throws IOException {
        site = Site.create(folder, "joe", "j\u00f6rg", "$(id)", "it's", "-n");
        config = site.config(Optional.empty());
        Path jar = Path.of(System.getProperty("vmail.jar"));
        Path installed = Files.createDirectory(folder.resolve("a folder"));
        for (String file : List.of("vmail.jar", "vdeliver", "vdeliver.jsa")) {
            if (Files.exists(jar.resolveSibling(file))) {
                Files.copy(jar.resolveSibling(file), installed.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        script = installed.resolve("vdeliver");
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe", "j\u00f6rg", "$(id)", "it's", "-n"})
    void everyArgumentArrivesAsItIs(String user) throws Exception {
        Programs.Result result = vdeliver("-f", "ann's $HOME@far.example", "-d", "\"" + user + "\"@a.example");

        assertThat(result.successful().output()).isEmpty();
        try (Stream<Path> mail = Files.list(site.mailbox(user, "a.example").resolve("new"))) {
            assertThat(mail)
                    .singleElement()
                    .satisfies(file -> assertThat(Files.readString(file, UTF_8))
                            .startsWith("Return-Path: <ann's $HOME@far.example>\n")
                            .doesNotContain("From ann"));
        }
    }

    @Test
    void exitCodesPass() throws Exception {
        assertThat(vdeliver("-d", "nobody@a.example").exitCode()).isEqualTo(67);
        assertThat(vdeliver("-d", "..@a.example").exitCode()).isEqualTo(65);
        assertThat(vdeliver("--nonsense").exitCode()).isEqualTo(64);
        assertThat(vdeliver("--lmtp", "/nowhere", "-d", "joe@a.example").exitCode())
                .isEqualTo(75);
    }

    @Test
    void senderAndRecipientMayStandInTheEnvironment() throws Exception {
        ProcessBuilder builder =
                Programs.builder(List.of(script.toString(), "--config", config.toString(), "--environment"));
        builder.environment().put("SENDER", "");
        builder.environment().put("RECIPIENT", "joe@a.example");

        Programs.run(builder, MESSAGE).successful();

        assertThat(site.mailbox("joe", "a.example").resolve("new")).isNotEmptyDirectory();
    }

    /** An MTA would return the mail for most of these. */
    @ParameterizedTest
    @ValueSource(
            strings = {"exit 1", "exit 2", "exit 127", "kill -KILL $$", "echo 'Could not reserve enough space'; exit 1"
            })
    void aJvmThatFailsIsNoReasonToReturnMail(String java) throws Exception {
        Path home = Files.createDirectories(folder.resolve("java/bin"));
        Path program = Files.writeString(home.resolve("java"), "#!/bin/sh\n" + java + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertLater(home.getParent());
    }

    @Test
    void noJvmIsNoReasonToReturnMail() throws Exception {
        assertLater(folder.resolve("nowhere"));
    }

    @Test
    void noJarIsNoReasonToReturnMail() throws Exception {
        Files.delete(script.resolveSibling("vmail.jar"));

        assertLater(Path.of(System.getProperty("java.home")));
    }

    @Test
    void aSymbolicLinkMayLeadToIt() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("vdeliver"), Path.of("a folder/vdeliver"));
        script = link;

        vdeliver("-d", "joe@a.example").successful();
    }

    /** A jar that was replaced, another JVM, a folder that cannot be written: all that is lost is time. */
    @Test
    void anArchiveThatDoesNotFitIsNotUsed() throws Exception {
        Path jar = script.resolveSibling("vmail.jar");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
        Programs.Result replaced = vdeliver("-d", "joe@a.example");
        Files.writeString(script.resolveSibling("vdeliver.jsa"), "no archive");
        Programs.Result broken = vdeliver("-d", "joe@a.example");
        Files.delete(script.resolveSibling("vdeliver.jsa"));
        Programs.Result none = vdeliver("-d", "joe@a.example");

        assertThat(List.of(replaced, broken, none))
                .allSatisfy(result -> assertThat(result.successful().output()).isEmpty());
        assertThat(script.getParent()).isDirectoryNotContaining("glob:**vdeliver.jsa*");
    }

    @Test
    void twoMayMakeTheArchiveAtOnce() throws Exception {
        Files.deleteIfExists(script.resolveSibling("vdeliver.jsa"));
        ProcessBuilder archive =
                builder(Path.of(System.getProperty("java.home")), "--archive").inheritIO();

        Process other = archive.start();
        Programs.Result one = Programs.run(builder(Path.of(System.getProperty("java.home")), "--archive"), new byte[0]);

        assertThat(other.waitFor()).isZero();
        one.successful();
        try (Stream<Path> files = Files.list(script.getParent())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("vmail.jar", "vdeliver", "vdeliver.jsa");
        }
        vdeliver("-d", "joe@a.example").successful();
    }

    private void assertLater(Path javaHome) throws Exception {
        Programs.Result result =
                Programs.run(builder(javaHome, "--config", config.toString(), "-d", "joe@a.example"), MESSAGE);

        assertThat(result.exitCode()).isEqualTo(75);
        assertThat(result.output()).contains("4.3.0 vdeliver cannot run");
    }

    private Programs.Result vdeliver(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(arguments));
        if (!all.contains("--lmtp")) {
            all.addAll(0, List.of("--config", config.toString()));
        }
        return Programs.run(builder(Path.of(System.getProperty("java.home")), all.toArray(String[]::new)), MESSAGE);
    }

    /** With as little of an environment as an MTA gives, and options of somebody else. */
    private ProcessBuilder builder(Path javaHome, String... arguments) {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().put("JAVA_TOOL_OPTIONS", "-Dnonsense");
        return builder;
    }
}
