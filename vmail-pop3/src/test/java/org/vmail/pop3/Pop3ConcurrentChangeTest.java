package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxStore;

/** Another program changes the mailbox during a session: a client gets the message it asked for, or an error. */
class Pop3ConcurrentChangeTest {
    private static final String[] MESSAGES = {
        "Subject: 1\r\n\r\nfirst\r\n", "Subject: 2\r\n\r\nsecond\r\n", "Subject: 3\r\n\r\nthird\r\n"
    };

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @TempDir
    private Path folder;

    @Test
    void aMaildirMessageThatIsFlaggedOrMovedIsStillTheSame() throws Exception {
        Pop3Client client = logInToMaildir();
        for (Path file : files("new")) {
            Files.move(file, file.resolveSibling("../cur/" + file.getFileName() + ":2,FS"));
        }

        for (int i = 1; i <= MESSAGES.length; i++) {
            assertThat(client.message("RETR " + i)).isEqualTo(MESSAGES[i - 1]);
        }
        for (Path file : files("cur")) {
            Files.move(file, file.resolveSibling(file.getFileName().toString().replace(":2,FS", ":2,S")));
        }
        assertThat(client.message("RETR 2")).isEqualTo(MESSAGES[1]);
        client.ask("DELE 2");
        assertThat(client.ask("QUIT")).startsWith("+OK");
        assertThat(files("cur")).hasSize(2);
    }

    @Test
    void aMaildirMessageThatIsRemovedIsAnErrorAndTheOthersKeepTheirNumbers() throws Exception {
        Pop3Client client = logInToMaildir();
        String gone = client.ask("UIDL 2");
        for (Path file : files("new")) {
            if (Files.readString(file).contains("second")) {
                Files.delete(file);
            }
        }

        assertThat(client.ask("RETR 2")).startsWith("-ERR");
        assertThat(client.ask("TOP 2 0")).startsWith("-ERR");
        assertThat(client.message("RETR 3")).isEqualTo(MESSAGES[2]);
        assertThat(client.ask("UIDL 2")).isEqualTo(gone);
        assertThat(client.ask("DELE 2")).startsWith("+OK");
        assertThat(client.ask("QUIT")).as("it is gone, as the client wanted").startsWith("+OK");
        assertThat(files("new")).hasSize(2);
    }

    @Test
    void mailThatArrivesIsNotInTheSessionAndOutlivesIt() throws Exception {
        MaildirStore store = MaildirStore.under(folder);
        Pop3Client client = logInToMaildir();
        Pop3Fixture.deliver(store, "late\r\n");

        assertThat(client.ask("STAT")).startsWith("+OK 3 ");
        assertThat(client.ask("RETR 4")).startsWith("-ERR");
        for (int i = 1; i <= 3; i++) {
            client.ask("DELE " + i);
        }
        assertThat(client.ask("QUIT")).startsWith("+OK");
        assertThat(files("new"))
                .singleElement()
                .satisfies(file -> assertThat(Files.readString(file)).contains("late"));
    }

    @Test
    void anMboxMessageThatIsRemovedIsNeverAnotherOne() throws Exception {
        MboxStore store = MboxStore.under(folder);
        Pop3Client client = logIn(store);
        Path mbox = mbox();
        String all = Files.readString(mbox, ISO_8859_1);
        int second = all.indexOf("\nFrom ", 1) + 1;
        Files.writeString(mbox, all.substring(second), ISO_8859_1);

        assertThat(client.ask("RETR 1")).startsWith("-ERR");
        assertSameOrError(client, 2);
        assertSameOrError(client, 3);
        client.ask("DELE 1");
        client.raw().sendLine("QUIT");
        client.raw().readToEnd();
        pop3.stopAll();
        assertThat(Files.readString(mbox, ISO_8859_1)).contains("second", "third");
    }

    @Test
    void whatAnotherProgramAppendsToAnMboxOutlivesTheSession() throws Exception {
        MboxStore store = MboxStore.under(folder);
        Pop3Client client = logIn(store);
        Files.writeString(
                mbox(),
                "From other@x.example Sun Nov 22 12:00:00 2026\nSubject: 4\n\nlate\n\n",
                ISO_8859_1,
                StandardOpenOption.APPEND);

        assertThat(client.ask("STAT")).startsWith("+OK 3 ");
        for (int i = 1; i <= 3; i++) {
            assertThat(client.message("RETR " + i)).isEqualTo(MESSAGES[i - 1]);
            client.ask("DELE " + i);
        }
        assertThat(client.ask("QUIT")).startsWith("+OK");
        assertThat(Files.readString(mbox(), ISO_8859_1)).contains("late").doesNotContain("first", "third");
    }

    private static void assertSameOrError(Pop3Client client, int number) throws IOException {
        client.raw().sendLine("RETR " + number);
        if (client.status().startsWith("+OK")) {
            StringBuilder message = new StringBuilder();
            for (String line = client.raw().readLine();
                    !line.equals(".");
                    line = client.raw().readLine()) {
                message.append(line).append("\r\n");
            }
            assertThat(message.toString()).isEqualTo(MESSAGES[number - 1]);
        }
    }

    private Pop3Client logInToMaildir() throws IOException {
        MaildirStore store = MaildirStore.under(folder);
        Pop3Fixture.deliver(store, MESSAGES);
        return pop3.logIn(pop3.start(store, builder -> builder));
    }

    private Pop3Client logIn(MboxStore store) throws IOException {
        Pop3Fixture.deliver(store, MESSAGES);
        return pop3.logIn(pop3.start(store, builder -> builder));
    }

    private List<Path> files(String name) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> file.getParent().endsWith(name))
                    .sorted()
                    .toList();
        }
    }

    private Path mbox() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .filter(Pop3ConcurrentChangeTest::isMbox)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static boolean isMbox(Path file) {
        try {
            return Files.readString(file, ISO_8859_1).startsWith("From ");
        } catch (IOException e) {
            return false;
        }
    }
}
