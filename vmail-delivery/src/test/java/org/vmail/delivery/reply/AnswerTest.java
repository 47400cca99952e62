package org.vmail.delivery.reply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.MailAddress;

/** Texts in header fields that are not ASCII (RFC 2047). */
class AnswerTest {
    private static String answer(String template, String asked) throws IOException {
        return new String(
                Answer.of(template.getBytes(UTF_8))
                        .to(
                                MailAddress.of("ann@b.example"),
                                MailAddress.of("joe@a.example"),
                                HeaderFields.of(("Subject: " + asked + "\r\n\r\n").getBytes(UTF_8), 0),
                                Instant.EPOCH),
                UTF_8);
    }

    private static String word(String text) {
        return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(text.getBytes(UTF_8)) + "?=";
    }

    @Test
    void theSubjectOfAnEncodedQuestionIsReadable() throws IOException {
        assertThat(answer("Subject: Abwesend für Sie: $SUBJECT\n\nx\n", word("Grüße")))
                .contains("\r\nSubject: " + word("Abwesend für Sie: Grüße") + "\r\n");
        assertThat(answer("Subject: Re: $SUBJECT\n\nx\n", word("Grüße"))).contains("\r\nSubject: " + word("Re: Grüße"));
        assertThat(answer("Subject: Für $SUBJECT\n\nx\n", "hello")).contains("\r\nSubject: " + word("Für hello"));
    }

    @Test
    void anEncodedQuestionCannotBeginAFieldOfTheAnswer() throws IOException {
        assertThat(answer("Subject: Re: $SUBJECT\n\nx\n", word("x\r\nBcc: eve@a.example")))
                .contains("Subject: Re: x  Bcc: eve@a.example\r\n")
                .doesNotContain("\nBcc:");
    }

    @ParameterizedTest
    @CsvSource({
        "=?utf-8?q?Gr=C3=BC=C3=9Fe_an?=, Grüße an",
        "=?ISO-8859-1?Q?f=FCr?= =?ISO-8859-1?Q?_alle?=, für alle",
        "=?utf-8*de?Q?f=C3=BCr?= x, für x",
        "=?nowhere?Q?f=FCr?=, =?nowhere?Q?f=FCr?=",
        "=?utf-8?B?!?=, =?utf-8?B?!?=",
        "=?utf-8?Q?=XY?=, =?utf-8?Q?=XY?=",
        "=?utf-8?Q?open, =?utf-8?Q?open",
        "1 =? 2, 1 =? 2"
    })
    void whatIsNoEncodedWordStays(String text, String decoded) {
        assertThat(EncodedWord.decoded(text)).isEqualTo(decoded);
    }

    @Test
    void everyFieldIsAscii() throws IOException {
        String answer = answer(
                "From: joe@a.example (Jörg)\nReply-To: Jörg <jm@a.example>\nSubject: x\nOrganization: Müller\n\nx\n",
                "q");
        assertThat(answer.substring(0, answer.indexOf("\r\n\r\n")))
                .matches("(?s)\\p{ASCII}*")
                .contains("\r\nOrganization: " + word("Müller"))
                .contains("\r\nReply-To: " + word("Jörg") + " <jm@a.example>")
                .contains("From: " + word("Jörg") + " <joe@a.example>");
    }
}
