package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

class ListFileTest {
    private static final Domain A = Domain.of("a.example");

    @TempDir
    Path folder;

    private AliasTarget.ListFile list(String text) throws IOException {
        return new AliasTarget.ListFile(Files.writeString(folder.resolve("list"), text), A);
    }

    @Test
    void aChangeCountsAtOnce() throws IOException {
        AliasTarget.ListFile list = list("joe\n");
        assertThat(list.members()).containsExactly(new AliasTarget.Address(MailAddress.of("joe@a.example")));
        assertThat(list("ann\n").members()).containsExactly(new AliasTarget.Address(MailAddress.of("ann@a.example")));
    }

    @Test
    void aMissingListCannotBeTold() {
        assertThatIOException().isThrownBy(() -> new AliasTarget.ListFile(folder.resolve("none"), A).members());
    }

    @Test
    void aListHasABound() throws IOException {
        AliasTarget.ListFile list = list("joe\n".repeat(1 << 18) + "x");
        assertThatIOException().isThrownBy(list::members).withMessageContaining("1 MiB");
    }

    @Test
    void aLinkToSomebodyElsesFileIsNotFollowed() throws IOException {
        list("root:x:0:0\n");
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("list"));
        assertThatIOException().isThrownBy(() -> new AliasTarget.ListFile(link, A).members());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aDeviceIsNotReadForEver() {
        assertThatIOException().isThrownBy(() -> new AliasTarget.ListFile(Path.of("/dev/zero"), A).members());
    }
}
