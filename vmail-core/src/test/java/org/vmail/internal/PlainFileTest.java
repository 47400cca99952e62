package org.vmail.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PlainFileTest {
    @TempDir
    Path folder;

    @Test
    void aFileIsReadToABound() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "0123456789");
        assertThat(PlainFile.read(file, 100)).isEqualTo("0123456789".getBytes(US_ASCII));
        assertThat(PlainFile.read(file, 4)).isEqualTo("0123".getBytes(US_ASCII));
        assertThat(file).hasContent("0123456789");
    }

    @Test
    void aFileThatMayNotBeWrittenIsReadAsWell() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        assertThat(PlainFile.read(file, 100)).hasSize(1);
    }

    @Test
    void whatIsNoFileIsNotRead() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        assertThatIOException().isThrownBy(() -> PlainFile.read(link, 100)).withMessageContaining("symbolic link");
        assertThatIOException().isThrownBy(() -> PlainFile.readWithoutWaiting(link, 100));
        assertThatIOException().isThrownBy(() -> PlainFile.read(folder, 100));
        assertThatIOException()
                .isThrownBy(() -> PlainFile.read(folder.resolve("none"), 100))
                .isInstanceOf(NoSuchFileException.class);
    }

    /** As if it had been put there when the file had just been looked at. */
    @Test
    @EnabledOnOs(OS.LINUX)
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD, unit = TimeUnit.SECONDS)
    void aPipeIsNotWaitedFor() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertThatIOException().isThrownBy(() -> PlainFile.readWithoutWaiting(pipe, 100));
    }
}
