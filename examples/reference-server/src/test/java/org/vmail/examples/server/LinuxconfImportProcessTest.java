package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The import in a process of its own, which can be killed and be given little memory. */
@Timeout(120)
class LinuxconfImportProcessTest {
    private static final int MANY = 1500;
    private static final int MEBIBYTE = 1 << 20;

    @TempDir
    Path folder;

    private Path mbox;
    private Path mailbox;

    @BeforeEach
    void files() throws IOException {
        for (String name : List.of("directory", "mail", "etc", "spool", "spool/a.example")) {
            Files.createDirectory(folder.resolve(name));
        }
        Files.writeString(folder.resolve("vmail.toml"), """
                directory = "%1$s/directory"
                mail = "%1$s/mail"

                [pop3]
                listen = ["127.0.0.1:0"]
                """.formatted(folder));
        Files.writeString(folder.resolve("etc/passwd.a.example"), "joe:x:60000:60000::/:/bin/false\n");
        Files.writeString(folder.resolve("etc/shadow.a.example"), "joe:*:20000::::::\n");
        mbox = folder.resolve("spool/a.example/joe");
        mailbox = folder.resolve("mail/a.example/joe");
    }

    private static String from(int number) {
        return "From x@b.example Sat Jan  3 %02d:%02d:%02d 1998\n"
                .formatted(number / 3600 % 24, number / 60 % 60, number % 60);
    }

    private ProcessBuilder importing(String... options) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(
                "import-linuxconf", "--config", folder.resolve("vmail.toml").toString()));
        command.addAll(List.of("--etc", folder.resolve("etc").toString()));
        command.addAll(List.of("--spool", folder.resolve("spool").toString()));
        return Programs.builder(command);
    }

    /** How often each subject is there, whether it was read or not. */
    private Map<String, Long> subjects() throws IOException {
        Map<String, Long> subjects = new TreeMap<>();
        for (String part : List.of("new", "cur")) {
            for (Path file : files(part)) {
                try (Stream<String> lines = Files.lines(file, ISO_8859_1)) {
                    subjects.merge(lines.findFirst().orElse("nothing in " + file), 1L, Long::sum);
                }
            }
        }
        return subjects;
    }

    private List<Path> files(String part) throws IOException {
        if (!Files.isDirectory(mailbox.resolve(part))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(mailbox.resolve(part))) {
            return files.toList();
        }
    }

    @Test
    void aRunThatIsKilledGoesOnWhereItEnded() throws Exception {
        Map<String, Long> expected = new TreeMap<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < MANY; i++) {
            text.append(from(i))
                    .append("Subject: ")
                    .append(i)
                    .append(i % 3 == 0 ? "\nStatus: RO" : "")
                    .append("\n\nbody\n\n");
            expected.put("Subject: " + i, 1L);
        }
        Files.writeString(mbox, text.toString());

        List<Integer> taken = new ArrayList<>();
        for (int stop : new int[] {50, 250}) {
            Process process = importing()
                    .redirectOutput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .start();
            while (files("new").size() < stop && !process.waitFor(1, TimeUnit.MILLISECONDS)) {
                // it is not there yet
            }
            process.destroyForcibly().waitFor();
            assertThat(process.exitValue()).as("killed, and not at its end").isEqualTo(137);
            taken.add(subjects().size());
            assertThat(folder.resolve("directory")).as("not hosted yet").isEmptyDirectory();
        }
        assertThat(taken.get(0)).isBetween(50, MANY - 1).isLessThan(taken.get(1));

        Programs.Result last = Programs.run(importing(), new byte[0]).successful();

        assertThat(last.output()).contains(MANY + " messages, 500 of them read");
        assertThat(subjects()).isEqualTo(expected);
        assertThat(files("cur")).hasSize(500);
        assertThat(files("tmp")).as("what the kills left").hasSizeLessThanOrEqualTo(2);
        try (Stream<Path> spool = Files.list(folder.resolve("spool/a.example"))) {
            assertThat(spool).containsExactly(mbox);
        }
        assertThat(mbox).hasContent(text.toString());
    }

    @Test
    @Tag("long")
    void anMboxOf100MebibytesNeedsLittleMemory() throws Exception {
        byte[] line = "0123456789abcdef".repeat(4).concat("\n").getBytes(ISO_8859_1);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(mbox))) {
            // One of 50 MiB, one of a single line of 30 MiB, and many.
            out.write((from(0) + "Subject: lines\n\n").getBytes(ISO_8859_1));
            for (int written = 0; written < 50 * MEBIBYTE; written += line.length) {
                out.write(line);
            }
            out.write(("\n" + from(1) + "Subject: long line\n\n").getBytes(ISO_8859_1));
            for (int written = 0; written < 30 * MEBIBYTE; written += line.length - 1) {
                out.write(line, 0, line.length - 1);
            }
            for (int i = 2; i < 22; i++) {
                out.write(("\n\n" + from(i) + "Subject: " + i + "\n\n").getBytes(ISO_8859_1));
                for (int written = 0; written < MEBIBYTE; written += line.length) {
                    out.write(line);
                }
            }
        }
        assertThat(Files.size(mbox)).isGreaterThan(100L * MEBIBYTE);

        Programs.Result result = Programs.run(importing("-Xmx24m"), new byte[0]).successful();

        assertThat(result.output()).contains("22 messages").contains("22 are taken over now");
        assertThat(subjects()).hasSize(22);
        List<Long> sizes = files("new").stream()
                .map(file -> file.toFile().length())
                .sorted()
                .collect(Collectors.toList());
        assertThat(sizes.get(21)).isGreaterThan(50L * MEBIBYTE);
        assertThat(sizes.get(20)).isGreaterThan(30L * MEBIBYTE);
    }
}
