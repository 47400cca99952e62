package org.vmail.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageSpoolTest {
    private static final int MEMORY = 100;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, MEMORY - 1, MEMORY, MEMORY + 1, 10 * MEMORY})
    void whatWasWrittenIsReadAnyNumberOfTimes(int size) throws IOException {
        byte[] octets = random(size);
        try (MessageSpool spool = new MessageSpool(10_000, MEMORY, folder)) {
            writeInPieces(spool, octets);

            assertThat(read(spool)).isEqualTo(octets);
            assertThat(read(spool)).isEqualTo(octets);
            assertThat(spool.octets()).isEqualTo(size);
            assertThat(spool.isTooLarge()).isFalse();
            assertThat(files()).as("nothing that a killed program could leave").isEmpty();
        }
    }

    @Test
    void severalThreadsReadAtATime() throws IOException {
        byte[] octets = random(50 * MEMORY);
        try (MessageSpool spool = new MessageSpool(10_000, MEMORY, folder);
                InputStream slow = spool.open()) {
            writeInPieces(spool, octets);
            try (InputStream one = spool.open();
                    InputStream other = spool.open()) {
                assertThat(one.readNBytes(1000)).isEqualTo(Arrays.copyOf(octets, 1000));
                assertThat(other.readAllBytes()).isEqualTo(octets);
                assertThat(one.read()).isEqualTo(octets[1000] & 0xff);
                assertThat(one.readAllBytes()).isEqualTo(Arrays.copyOfRange(octets, 1001, octets.length));
                assertThat(one.read()).isEqualTo(-1);
            }
            assertThat(slow.readAllBytes())
                    .as("opened before anything was there")
                    .isEmpty();
        }
    }

    @Test
    void whatWasForgottenCannotBeRead() throws IOException {
        MessageSpool spool = new MessageSpool(10_000, 0, folder);
        spool.write('x');
        InputStream opened = spool.open();
        spool.close();

        assertThatThrownBy(opened::read).isInstanceOf(IOException.class);
    }

    @Test
    void aMessageAsLargeAsTheLimitFits() throws IOException {
        try (MessageSpool spool = new MessageSpool(200, MEMORY, folder)) {
            writeInPieces(spool, random(200));
            assertThat(spool.isTooLarge()).isFalse();
            spool.write('x');
            assertThat(spool.isTooLarge()).isTrue();
        }
    }

    @Test
    void whatIsTooLargeIsSwallowed() throws IOException {
        try (MessageSpool spool = new MessageSpool(200, MEMORY, folder)) {
            for (int i = 0; i < 1000; i++) {
                spool.write(random(1000));
            }

            assertThat(spool.octets()).isEqualTo(1_000_000);
            assertThat(spool.isTooLarge()).isTrue();
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void aFolderThatIsMissingIsAnError() throws IOException {
        try (MessageSpool spool = new MessageSpool(10_000, MEMORY, folder.resolve("missing"))) {
            spool.write(random(MEMORY));
            assertThatThrownBy(() -> spool.write('x')).isInstanceOf(IOException.class);
        }
    }

    @Test
    void limitsAreChecked() {
        assertThatThrownBy(() -> new MessageSpool(0, MEMORY, folder)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MessageSpool(1, -1, folder)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSourceInMemoryIsACopy() throws IOException {
        byte[] octets = {1, 2, 3};
        MessageSource source = MessageSource.of(octets);
        octets[0] = 9;

        assertThat(read(source)).containsExactly(1, 2, 3);
        assertThat(read(source)).containsExactly(1, 2, 3);
    }

    private static void writeInPieces(MessageSpool spool, byte[] octets) throws IOException {
        Random random = new Random(octets.length);
        int from = 0;
        while (from < octets.length) {
            int count = Math.min(octets.length - from, random.nextInt(30));
            spool.write(octets, from, count);
            from += count;
        }
    }

    private static byte[] random(int size) {
        byte[] octets = new byte[size];
        new Random(size).nextBytes(octets);
        return octets;
    }

    private static byte[] read(MessageSource source) throws IOException {
        try (InputStream in = source.open()) {
            return in.readAllBytes();
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
