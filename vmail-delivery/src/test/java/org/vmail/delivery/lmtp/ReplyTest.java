package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.MailAddress;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Outcome;

/** RFC 5321, section 4.2.3, and RFC 3463: which code goes with which enhanced one. */
class ReplyTest {
    @ParameterizedTest
    @CsvSource({
        "2, 1, 5, 250", // delivered
        "5, 1, 1, 550", // unknown user
        "5, 1, 2, 550", // unknown domain
        "5, 2, 1, 550", // account disabled
        "4, 2, 1, 451", // account disabled for now
        "4, 2, 2, 452", // over quota, for now
        "5, 2, 2, 552", // over quota
        "5, 3, 4, 552", // message too big
        "4, 3, 1, 452", // no room
        "4, 3, 0, 451", // a part does not work
        "4, 3, 5, 451", // not set up correctly
        "4, 2, 0, 451", // the mailbox cannot be written
        "5, 4, 6, 554", // loop
        "5, 7, 1, 554", // not wanted
        "4, 4, 1, 451", // another host does not answer
    })
    void theCodeSaysInShortWhatTheEnhancedOneSays(int kind, int subject, int detail, int code) {
        assertThat(new EnhancedStatus(kind, subject, detail).replyCode()).isEqualTo(code);
    }

    @Test
    void aTextOfSomebodyElseStaysInItsLine() {
        Outcome outcome =
                new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "gone\r\n250 2.1.5 ok\0\u00e4" + "x".repeat(5000));

        assertThat(Reply.of(outcome).line())
                .startsWith("550 5.1.1 gone??250 2.1.5 ok??xxx")
                .matches("[ -~]{60,200}");
    }

    @Test
    void theLongestRecipientFitsIntoAReply() {
        MailAddress recipient =
                MailAddress.of("\"" + " \\\"x".repeat(16).strip() + "\"@" + "a.".repeat(123) + "example");
        Outcome outcome = new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "x".repeat(5000));

        assertThat(Reply.of(new DeliveryResult(recipient, outcome)).line().length())
                .as("RFC 5321, section 4.5.3.1.5")
                .isLessThanOrEqualTo(510);
    }
}
