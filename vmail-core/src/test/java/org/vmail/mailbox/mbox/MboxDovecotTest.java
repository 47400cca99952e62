package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.vmail.mailbox.mbox.Mbox.FROM;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** The same mbox used by Debian's Dovecot: its delivery agent, and its IMAP server on standard input and output. */
@Tag("interop")
class MboxDovecotTest {
    private static final String IMAP = "/usr/lib/dovecot/imap";
    private static final String LDA = "/usr/lib/dovecot/dovecot-lda";
    private static final List<String> MESSAGES = List.of(
            "Subject: one\r\n\r\nFrom here\r\n\r\n" + FROM.replace("\n", "\r\n") + "\r\nnot forged\r\n",
            "Subject: two\r\n\r\n\r\n\r\n",
            "Subject: three\r\nFrom: x@b.example\r\n\r\n" + "long line ".repeat(20_000) + "\r\n",
            "Subject: two\r\n\r\n\r\n\r\n");

    @TempDir
    Path folder;

    private Mbox mbox;
    private Path config;

    @BeforeEach
    void makeMbox() throws IOException {
        assumeTrue(Files.isExecutable(Path.of(IMAP)) && Files.isExecutable(Path.of(LDA)), "needs Dovecot");
        assumeTrue("root".equals(System.getProperty("user.name")), "Dovecot refuses to be root, so another user is it");
        mbox = new Mbox(folder);
        config = folder.resolve("dovecot.conf");
        Files.writeString(config, """
                base_dir = %1$s/run
                log_path = %1$s/log
                mail_location = mbox:%1$s/home:INBOX=%2$s:INDEX=%1$s/index
                mbox_write_locks = fcntl dotlock
                ssl = no
                """.formatted(folder, mbox.file));
        Files.createDirectory(folder.resolve("home"));
    }

    @Test
    void whatDovecotDeliversIsRead() throws Exception {
        for (String message : MESSAGES) {
            run(message, LDA, "-c", config.toString());
        }
        assertThat(mbox.contents()).containsExactlyElementsOf(MESSAGES);
        mbox.deliver("Subject: ours\r\n");
        run("Subject: theirs\r\n\r\nFrom me\r\n", LDA, "-c", config.toString());
        assertThat(mbox.contents()).hasSize(6).endsWith("Subject: ours\r\n", "Subject: theirs\r\n\r\nFrom me\r\n");
    }

    @Test
    void itsFlagsChangeNeitherContentNorUniqueIds() throws Exception {
        for (int i = 0; i < MESSAGES.size(); i++) {
            mbox.deliver(MESSAGES.get(i));
            run(MESSAGES.get(i), LDA, "-c", config.toString());
        }
        Map<UniqueId, String> before = mbox.messages();
        String heard = imap("STORE 1:* +FLAGS (\\Seen \\Flagged keyword)", "STORE 2 +FLAGS (\\Answered other)");
        assertThat(heard).contains("* 8 EXISTS");
        assertThat(mbox.text()).contains("X-IMAPbase: ", "Status: RO\n", "X-UID: 8");
        assertThat(mbox.messages()).isEqualTo(before);
        assertThat(List.copyOf(mbox.messages().keySet())).isEqualTo(List.copyOf(before.keySet()));
    }

    @Test
    void itReadsWhatVmailDeliveredAndLeft() throws Exception {
        for (String message : MESSAGES) {
            mbox.deliver(message);
        }
        imap("STORE 1:* +FLAGS (\\Seen)");
        mbox.remove(0, 2);
        mbox.deliver("Subject: new\r\n\r\nbody\r\n");
        String heard = imap("FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
        assertThat(heard.lines().filter(line -> line.startsWith("Subject: ")))
                .containsExactly("Subject: two", "Subject: two", "Subject: new");
        assertThat(heard).contains("UID 2 ", "UID 4 ", "UID 5 ");
    }

    @Test
    void whatItRemovesDuringASessionIsGoneAndTheRestIsNotMixedUp() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            expected.add("Subject: number " + i + "\r\n\r\n" + "x".repeat(i) + "\r\n");
            mbox.deliver(expected.get(i));
        }
        try (Maildrop maildrop = mbox.open()) {
            List<StoredMessage> messages = maildrop.messages();
            imap("STORE 2,4 +FLAGS (\\Deleted)", "EXPUNGE");
            for (int i = 0; i < 6; i++) {
                if (i == 1 || i == 3) {
                    assertThat(maildrop.content(messages.get(i))).isEmpty();
                } else {
                    assertThat(Mbox.content(maildrop, messages.get(i))).isEqualTo(expected.get(i));
                }
            }
            maildrop.remove(Set.of(messages.get(1).uniqueId(), messages.get(2).uniqueId()));
        }
        assertThat(mbox.contents()).containsExactly(expected.get(0), expected.get(4), expected.get(5));
        assertThat(imap("NOOP")).contains("* 3 EXISTS");
    }

    private String imap(String... commands) throws Exception {
        StringBuilder session = new StringBuilder("a SELECT INBOX\r\n");
        for (String command : commands) {
            session.append("b ").append(command).append("\r\n");
        }
        String heard = run(session.append("c LOGOUT\r\n").toString(), IMAP, "-c", config.toString());
        assertThat(heard).contains("a OK ", "c OK ").doesNotContain("b NO", "b BAD");
        return heard;
    }

    /** Runs a program of Dovecot as the user to whom everything then belongs. */
    private String run(String input, String... command) throws Exception {
        UserPrincipal nobody =
                folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.toList()) {
                Files.setOwner(path, nobody);
            }
        }
        List<String> asNobody =
                new ArrayList<>(List.of("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"));
        asNobody.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(asNobody).redirectErrorStream(true);
        builder.environment().put("HOME", folder.resolve("home").toString());
        builder.environment().put("USER", "joe");
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(ISO_8859_1));
        }
        String heard = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(heard).isZero();
        return heard;
    }
}
