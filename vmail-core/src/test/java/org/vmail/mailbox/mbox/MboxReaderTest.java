package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.mbox.MboxReader.Flag;
import org.vmail.mailbox.mbox.MboxReader.Message;

/** What is known of the messages of an mbox that other programs kept. */
class MboxReaderTest {
    private static final String INTERNAL = """
            From MAILER-DAEMON Mon Nov 23 00:00:00 2026
            Date: 23 Nov 2026 00:00:00 +0000
            From: Mail System Internal Data <MAILER-DAEMON@host>
            Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA
            X-IMAP: 0987654321 0000000007
            Status: RO

            This text is part of the internal format of your mail folder.

            """;
    private static final String FIRST = """
            From ann@b.example Sat Jan  3 01:05:34 1998
            Subject: one
            Status: RO
            X-Status: AF
            X-UID: 6

            first
            >From here on

            """;
    private static final String SECOND = """
            From ann@b.example Sat Jan  3 01:05:35 1998
            Subject: two
            X-UID: 7

            second
            """;

    @TempDir
    Path folder;

    private Path mbox(String text) throws IOException {
        return Files.write(folder.resolve("joe"), text.getBytes(ISO_8859_1));
    }

    private static MboxReader open(Path mbox) throws IOException {
        return MboxReader.open(mbox, MboxLocks.DEBIAN, ZoneOffset.UTC).orElseThrow();
    }

    private static String text(MboxReader reader, Message message) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        reader.write(message, out);
        return out.toString(ISO_8859_1);
    }

    @Test
    void messagesComeWithWhatProgramsNotedAboutThem() throws IOException {
        String all = INTERNAL + FIRST + SECOND;
        Path mbox = mbox(all);
        try (MboxReader reader = open(mbox)) {
            assertThat(reader.messages()).hasSize(2);
            Message first = reader.messages().get(0);
            Message second = reader.messages().get(1);

            assertThat(first.received()).isEqualTo(Instant.parse("1998-01-03T01:05:34Z"));
            assertThat(first.flags()).containsExactlyInAnyOrder(Flag.SEEN, Flag.ANSWERED, Flag.FLAGGED);
            assertThat(first.uniqueId()).contains(new UniqueId("3ade68b100000006"));
            assertThat(second.flags()).isEmpty();
            assertThat(second.uniqueId()).contains(new UniqueId("3ade68b100000007"));
            assertThat(text(reader, first)).isEqualTo("Subject: one\r\n\r\nfirst\r\nFrom here on\r\n");
            assertThat(text(reader, second)).isEqualTo("Subject: two\r\n\r\nsecond\r\n");
        }
        assertThat(mbox).hasContent(all);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).as("no file is left beside it").containsExactly(mbox);
        }
    }

    @Test
    void whatProgramsNoteChangesNoKeyAndEqualMessagesHaveTheirOwn() throws IOException {
        List<String> before;
        try (MboxReader reader = open(mbox(FIRST + FIRST + SECOND))) {
            before = reader.messages().stream().map(Message::key).toList();
        }
        String noted = FIRST.replace("Status: RO\n", "").replace("X-UID: 6", "X-UID: 9");
        try (MboxReader reader =
                open(mbox(noted + FIRST + SECOND.replace("X-UID: 7", "Status: O") + "\n" + INTERNAL))) {
            assertThat(reader.messages().stream().map(Message::key)).startsWith(before.toArray(String[]::new));
        }
        assertThat(before).doesNotHaveDuplicates();
        assertThat(before.get(1)).isEqualTo(before.get(0) + "-2");
    }

    @Test
    void whatStandsInXUidlCountsWhereNoUidvalidityWasNoted() throws IOException {
        String qpopper = """
                From a Sat Jan  3 01:05:34 1998
                X-UIDL: &j:"!Z%b!!?8\\"!0mM"!\s
                Subject: one

                one

                From a Sat Jan  3 01:05:35 1998
                X-UIDL: with a space
                Subject: two

                two
                """;
        try (MboxReader reader = open(mbox(qpopper))) {
            assertThat(reader.messages())
                    .extracting(Message::uniqueId)
                    .containsExactly(Optional.of(new UniqueId("&j:\"!Z%b!!?8\\\"!0mM\"!")), Optional.empty());
        }
        try (MboxReader reader = open(mbox(INTERNAL + qpopper))) {
            assertThat(reader.messages()).extracting(Message::uniqueId).containsOnly(Optional.empty());
        }
    }

    @Test
    void linesThatFollowNoBlankOneStayInTheirMessageAndAreCounted() throws IOException {
        String glued = SECOND + FIRST.stripTrailing() + "\n" + SECOND + "\nFrom here at 12:30 on\nx\n";
        try (MboxReader reader = open(mbox(glued))) {
            assertThat(reader.messages()).hasSize(2);
            assertThat(reader.doubtfulLines()).isEqualTo(2);
            assertThat(text(reader, reader.messages().get(0)))
                    .contains("Subject: two\r\n")
                    .contains("second\r\nFrom ann@b.example Sat Jan  3 01:05:34 1998\r\n");
        }
        try (MboxReader reader = open(mbox(FIRST + SECOND + "\n" + INTERNAL))) {
            assertThat(reader.doubtfulLines()).isZero();
        }
    }

    @Test
    void linesEndAsTheyLikeAndQuotesAreUndoneOnce() throws IOException {
        String crlf = (FIRST.replace(">From here on", ">>From here\0\n>From there\nFrom me\n>>> From")
                        + SECOND.stripTrailing())
                .replace("\n", "\r\n");
        try (MboxReader reader = open(mbox(crlf))) {
            assertThat(text(reader, reader.messages().get(0)))
                    .isEqualTo("Subject: one\r\n\r\nfirst\r\n>From here\0\r\nFrom there\r\nFrom me\r\n>>> From\r\n");
            assertThat(text(reader, reader.messages().get(1))).isEqualTo("Subject: two\r\n\r\nsecond\r\n");
            assertThat(reader.messages().get(0).flags()).contains(Flag.SEEN);
            assertThat(reader.messages().get(0).received()).isEqualTo(Instant.parse("1998-01-03T01:05:34Z"));
        }
    }

    @Test
    void othersWaitWhileItIsOpen() throws IOException {
        Path mbox = mbox(FIRST);
        MboxLocks impatient = MboxLocks.DEBIAN.withWaits(Duration.ZERO, Duration.ZERO);
        try (MboxReader reader = open(mbox)) {
            assertThat(reader.messages()).hasSize(1);
            assertThat(folder.resolve("joe.lock")).exists();
            assertThat(MboxReader.open(mbox, impatient, ZoneOffset.UTC)).isEmpty();
        }
        assertThat(folder.resolve("joe.lock")).doesNotExist();
        try (MboxReader again = open(mbox)) {
            assertThat(again.messages()).hasSize(1);
        }
    }

    @Test
    void whatIsNoMboxIsAnErrorAndStaysUnlocked() throws IOException {
        Path mbox = mbox("500\n");
        assertThatIOException().isThrownBy(() -> open(mbox));
        assertThatIOException().isThrownBy(() -> open(folder.resolve("missing")));
        assertThat(folder.resolve("missing")).doesNotExist();
        assertThat(folder.resolve("joe.lock")).doesNotExist();
        try (MboxReader empty = open(mbox(""))) {
            assertThat(empty.messages()).isEmpty();
        }
    }

    @Test
    void withoutADateTheFilesTimeCounts() throws IOException {
        Path mbox = mbox("From x at 12:30\nSubject: x\n\nx\n");
        Instant time = Instant.parse("2001-02-03T04:05:06Z");
        Files.setLastModifiedTime(mbox, FileTime.from(time));
        try (MboxReader reader = open(mbox)) {
            assertThat(reader.messages())
                    .singleElement()
                    .satisfies(message -> assertThat(message.received()).isEqualTo(time));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "From a Sat Jan  3 01:05:34 1998; 1998-01-03T00:05:34Z",
                "From a@b  Sat Jul 31 23:59 1999; 1999-07-31T21:59:00Z",
                "From a Sat Jan 3 01:05:34 CET 1998; 1998-01-03T00:05:34Z",
                "From a Sat Jan 3 01:05:34 GMT 1998; 1998-01-03T01:05:34Z",
                "From a Sat Jan  3 01:05:34 1998 -0800; 1998-01-03T09:05:34Z",
                "From a Sat Jan  3 01:05:34 +0530 1998 ; 1998-01-02T19:35:34Z",
                "From a Fri Dec 31 23:59:60 2016 UTC; 2016-12-31T23:59:59Z",
                "From Jan 1 00:00:00 1990 Sat Jan  3 01:05:34 1998; 1998-01-03T00:05:34Z",
                "From a Sat Foo  3 01:05:34 1998; ",
                "From a Sat Jan 32 01:05:34 1998; ",
                "From a Sat Jan 3 25:05:34 1998; ",
                "From a Sat Jan 3 01:05:34 1998 +9900; ",
                "From a; "
            })
    void datesAreAsProgramsWroteThem(String line, String expected) {
        assertThat(FromLineDate.of(line, ZoneId.of("Europe/Berlin")))
                .isEqualTo(Optional.ofNullable(expected).map(Instant::parse));
    }
}
