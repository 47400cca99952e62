package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.ReversePath;
import org.vmail.mailbox.Delivery;

class SendmailRelayTest {
    @TempDir
    private Path folder;

    @Test
    void theProgramGetsTheMessageAndTheEnvelope() throws IOException {
        SendmailRelay relay = program("printf '%s\\n' \"$@\" > arguments; cat > message; env > environment");

        submit(relay, "a\r\n.\r\nb\rc\r\n", "joe@a.example", "ann@b.example", "-oX@b.example", "ann@b.example");

        assertThat(read("arguments")).isEqualTo("first\n-i\n-f\njoe@a.example\n--\nann@b.example\n-oX@b.example\n");
        assertThat(read("message")).isEqualTo("a\n.\nb c\n");
        assertThat(read("environment").lines().map(line -> line.split("=", 2)[0]))
                .isSubsetOf("PATH", "HOME", "TZ", "LANG", "LC_ALL", "VMAIL_PROCESS", "PWD", "OLDPWD", "SHLVL", "_");
    }

    @Test
    void theNullSenderStaysNull() throws IOException {
        submit(program("printf '%s\\n' \"$@\" > arguments; cat > message"), "x\r\n", "", "ann@b.example");

        assertThat(read("arguments")).isEqualTo("first\n-i\n-f\n<>\n--\nann@b.example\n");
    }

    @ParameterizedTest
    @CsvSource({"cat > /dev/null; exit 75", "cat > /dev/null; exit 67", "exit 1", "head -c 10 > /dev/null; exit 0"})
    void aProgramThatFailsMakesTheMessageWait(String body) throws IOException {
        SendmailRelay relay = program(body);

        assertThatThrownBy(() -> submit(relay, "x\r\n".repeat(100_000), "joe@a.example", "ann@b.example"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void nothingIsStartedForAMessageThatIsNotCommitted() throws IOException {
        SendmailRelay relay = program("touch started");
        try (Delivery delivery = relay.begin(envelope("joe@a.example", "ann@b.example"))) {
            delivery.message().write("x\r\n".getBytes(UTF_8));
        }
        try (Delivery delivery = relay.withMaxMessageOctets(2).begin(envelope("joe@a.example", "ann@b.example"))) {
            delivery.message().write("x\r\n".getBytes(UTF_8));
            assertThatThrownBy(delivery::commit).isInstanceOf(IOException.class);
        }

        assertThat(folder.resolve("started")).doesNotExist();
    }

    @Test
    void aProgramThatHangsIsEndedWithAllItStarted() throws IOException {
        SendmailRelay relay =
                program("sleep 600 & echo $! > child; cat > /dev/null; wait").withTimeout(Duration.ofSeconds(1));

        assertThatThrownBy(() -> submit(relay, "x\r\n", "joe@a.example", "ann@b.example"))
                .isInstanceOf(IOException.class);

        long child = Long.parseLong(read("child").strip());
        Awaitility.await()
                .until(() ->
                        ProcessHandle.of(child).map(handle -> !handle.isAlive()).orElse(true));
    }

    @Test
    void aProgramThatWritesMuchIsNotWaitedFor() throws IOException {
        submit(program("head -c 1000000 /dev/zero; cat > message"), "x\r\n", "joe@a.example", "ann@b.example");

        assertThat(read("message")).isEqualTo("x\n");
    }

    @ParameterizedTest
    @CsvSource({"'a~b~', 'a/b/'", "'a\\b~', 'a b/'", "'\\\\~', '  /'", "'a/b', 'a/b'", "'~~', '//'"})
    void linesEndAsOnThisMachine(String message, String expected) throws IOException {
        byte[] octets = text(message).getBytes(ISO_8859_1);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        SendmailRelay.copy(new ByteArrayInputStream(octets), whole);
        ByteArrayOutputStream piecemeal = new ByteArrayOutputStream();
        SendmailRelay.copy(oneByOne(octets), piecemeal);

        assertThat(whole.toString(ISO_8859_1)).isEqualTo(text(expected));
        assertThat(piecemeal.toString(ISO_8859_1)).isEqualTo(text(expected));
    }

    private static InputStream oneByOne(byte[] octets) {
        return new FilterInputStream(new ByteArrayInputStream(octets)) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return super.read(target, offset, Math.min(length, 1));
            }
        };
    }

    private static String text(String text) {
        return text.replace("~", "\r\n").replace("/", "\n").replace("\\", "\r");
    }

    private SendmailRelay program(String body) throws IOException {
        Path script = folder.resolve("sendmail");
        Files.writeString(script, "#!/bin/sh\ncd '" + folder + "'\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return SendmailRelay.of(List.of("/bin/sh", script.toString(), "first"));
    }

    private String read(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    private static Envelope envelope(String from, String... to) {
        return new Envelope(
                new ReversePath(from), Stream.of(to).map(MailAddress::of).toList());
    }

    private static void submit(SendmailRelay relay, String text, String from, String... to) throws IOException {
        try (Delivery delivery = relay.begin(envelope(from, to))) {
            delivery.message().write(text.getBytes(UTF_8));
            delivery.commit();
        }
    }
}
