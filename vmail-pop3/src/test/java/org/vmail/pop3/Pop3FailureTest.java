package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.stubbing.Answer;
import org.vmail.directory.Directory;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.maildir.MaildirStore;

/** What is plugged in fails (RFC 3206, section 4): the client is told to try again, and nothing of the cause. */
class Pop3FailureTest {
    private static final String CAUSE = "/dev/cause-1234567";
    private static final String TEMPORARY = "-ERR [SYS/TEMP] ";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @TempDir
    private Path folder;

    @Test
    void aDirectoryThatFailsIsNoWrongPassword() throws IOException {
        assertThat(loginWith(failing(new IOException(CAUSE)))).startsWith(TEMPORARY);
    }

    @Test
    void aLoginThatFailedForAReasonOfOursIsNoFailedAttempt() throws IOException {
        Pop3Server server = startWith(failing(new IOException(CAUSE)));
        Pop3Client client = pop3.connect(server);
        for (int i = 0; i < 10; i++) {
            assertThat(client.logIn("joe@a.example", Pop3Fixture.PASSWORD)).startsWith(TEMPORARY);
        }
    }

    @Test
    void aBugInTheDirectoryEndsTheSessionPolitely() throws IOException {
        Pop3Client client = pop3.connect(startWith(failing(new IllegalStateException(CAUSE))));
        client.ask("USER joe@a.example");

        assertPoliteEnd(client, "PASS " + Pop3Fixture.PASSWORD);
    }

    @Test
    void aStoreThatFailsIsNoWrongPassword() throws IOException {
        Pop3Server server = pop3.start(failingStore(), builder -> builder);
        Pop3Client client = pop3.connect(server);

        assertThat(client.logIn("joe@a.example", Pop3Fixture.PASSWORD))
                .startsWith(TEMPORARY)
                .doesNotContain("1234567");
        assertThat(client.ask("NOOP")).as("not logged in").startsWith("-ERR");
        assertThat(pop3.log().texts(CAUSE)).as("the cause is in the log").isNotEmpty();
    }

    @Test
    void aBugInTheStoreEndsTheSessionPolitely() throws IOException {
        MaildropStore store = account -> {
            throw new IllegalStateException(CAUSE);
        };
        Pop3Client client = pop3.connect(pop3.start(store, builder -> builder));
        client.ask("USER joe@a.example");

        assertPoliteEnd(client, "PASS " + Pop3Fixture.PASSWORD);
    }

    @Test
    void aBugInTheMaildropEndsTheSessionPolitelyAndReleasesIt() throws IOException {
        FaultyMaildrop maildrop = new FaultyMaildrop() {
            @Override
            public Optional<InputStream> content(StoredMessage message) {
                throw new IllegalStateException(CAUSE);
            }
        };
        Pop3Client client = pop3.logIn(pop3.start(maildrop.asStore(), builder -> builder));

        assertPoliteEnd(client, "RETR 1");
        assertThat(maildrop.closed()).isPositive();
    }

    @Test
    void aResolverThatFailsRefusesTheConnectionForNow() throws IOException {
        Pop3Server server = pop3.start(builder -> builder.domains(connection -> {
            throw new IOException(CAUSE);
        }));
        Pop3Client client = pop3.connectSilently(server, 0);

        assertThat(client.status()).startsWith(TEMPORARY).doesNotContain("1234567");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void aBugInTheResolverRefusesTheConnectionForNow() throws IOException {
        Pop3Server server = pop3.start(builder -> builder.domains(connection -> {
            throw new IllegalStateException(CAUSE);
        }));
        Pop3Client client = pop3.connectSilently(server, 0);

        assertThat(client.status()).startsWith(TEMPORARY).doesNotContain("1234567");
        assertThat(client.raw().readToEnd()).isEmpty();
        await().until(() -> !pop3.log().texts("IllegalStateException: " + CAUSE).isEmpty());
    }

    @Test
    void aMessageThatCannotBeOpenedIsAnErrorAndTheSessionGoesOn() throws IOException {
        FaultyMaildrop maildrop = new FaultyMaildrop() {
            @Override
            public Optional<InputStream> content(StoredMessage message) throws IOException {
                throw new IOException(CAUSE);
            }
        };
        Pop3Client client = pop3.logIn(pop3.start(maildrop.asStore(), builder -> builder));

        assertThat(client.ask("RETR 1")).startsWith(TEMPORARY).doesNotContain("1234567");
        assertThat(client.ask("TOP 1 0")).startsWith(TEMPORARY);
        assertThat(client.ask("NOOP")).startsWith("+OK");
    }

    @Test
    void aMessageThatAnotherProgramRemovedIsAnErrorAndTheSessionGoesOn() throws IOException {
        MaildirStore store = MaildirStore.under(folder);
        Pop3Fixture.deliver(store, "one\r\n", "two\r\n");
        Pop3Client client = pop3.logIn(pop3.start(store, builder -> builder));
        try (Stream<Path> files = Files.list(folder.resolve("a.example/joe/new"))) {
            Files.delete(files.sorted().findFirst().orElseThrow());
        }

        assertThat(Stream.of(client.ask("TOP 1 0"), client.ask("NOOP"))
                        .map(line -> line.substring(0, 4))
                        .toList())
                .containsExactly("-ERR", "+OK ");
        assertThat(client.ask("RETR 1")).startsWith("-ERR");
        assertThat(client.message("RETR 2")).isEqualTo("two\r\n");
        assertThat(client.ask("DELE 1")).startsWith("+OK");
        assertThat(client.ask("QUIT")).as("gone is removed").startsWith("+OK");
    }

    @Test
    void aMessageThatEndsInAReadErrorIsNotEndedWithADot() throws IOException {
        Pop3Client client =
                pop3.logIn(pop3.start(breaking(new IOException(CAUSE)).asStore(), builder -> builder));
        client.raw().send("RETR 1\r\nNOOP\r\n");

        assertThat(client.raw().readToEnd())
                .as("RFC 1939, section 3: only a whole message ends in a dot")
                .satisfiesAnyOf(
                        reply -> assertThat(reply).isEmpty(),
                        reply -> assertThat(reply).startsWith("+OK").doesNotContain("\r\n.\r\n"))
                .doesNotContain("1234567");
        assertThat(pop3.log().texts(CAUSE)).isNotEmpty();
    }

    @Test
    void aBugInTheMiddleOfAMessageSaysNothingInIt() throws IOException {
        Pop3Client client =
                pop3.logIn(pop3.start(breaking(new IllegalStateException(CAUSE)).asStore(), builder -> builder));
        client.raw().send("RETR 1\r\nNOOP\r\n");

        assertThat(client.raw().readToEnd()).doesNotContain("\r\n.\r\n", "SYS/TEMP", "1234567");
    }

    @Test
    void anUpdateThatFailsIsAnErrorAndReleasesTheMaildropFirst() throws IOException {
        FaultyMaildrop maildrop = new FaultyMaildrop() {
            @Override
            public void remove(Set<UniqueId> messages) throws IOException {
                throw new IOException(CAUSE);
            }
        };
        Pop3Client client = pop3.logIn(pop3.start(maildrop.asStore(), builder -> builder));
        client.ask("DELE 1");

        assertThat(client.ask("QUIT"))
                .as("RFC 1939, section 6: -ERR if some messages were not removed")
                .isEqualTo(TEMPORARY + "some deleted messages not removed");
        assertThat(maildrop.closed()).as("released before the reply").isPositive();
        assertThat(client.raw().readToEnd()).isEmpty();
        assertThat(pop3.log().texts(CAUSE)).isNotEmpty();
    }

    private void assertPoliteEnd(Pop3Client client, String command) throws IOException {
        assertThat(client.ask(command)).startsWith(TEMPORARY).doesNotContain("1234567", "Exception");
        assertThat(client.raw().readToEnd()).isEmpty();
        await().until(() -> !pop3.log().texts("IllegalStateException: " + CAUSE).isEmpty());
    }

    private String loginWith(Directory directory) throws IOException {
        String reply = pop3.connect(startWith(directory)).logIn("joe@a.example", Pop3Fixture.PASSWORD);
        assertThat(reply).doesNotContain("1234567");
        return reply;
    }

    private Pop3Server startWith(Directory directory) throws IOException {
        return pop3.startBare(Pop3Server.builder(directory, pop3.store), Pop3Fixture::onLoopback);
    }

    private static Directory failing(Throwable cause) {
        Answer<?> fail = call -> {
            throw cause;
        };
        return mock(Directory.class, fail);
    }

    private static MaildropStore failingStore() {
        return account -> {
            throw new IOException(CAUSE);
        };
    }

    /** A message that breaks off behind a line end, where a dot would end it. */
    private static FaultyMaildrop breaking(Exception cause) {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                if (cause instanceof IOException io) {
                    throw io;
                }
                throw (RuntimeException) cause;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return read();
            }
        };
        byte[] start = "Subject: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        return new FaultyMaildrop() {
            @Override
            public Optional<InputStream> content(StoredMessage message) {
                return Optional.of(new SequenceInputStream(new ByteArrayInputStream(start), broken));
            }
        };
    }
}
