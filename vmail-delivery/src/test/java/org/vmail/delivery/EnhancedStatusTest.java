package org.vmail.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Status codes (RFC 3463, section 2) and the outcomes that carry them. */
class EnhancedStatusTest {
    private static final EnhancedStatus PERMANENT = new EnhancedStatus(5, 1, 1);
    private static final EnhancedStatus TEMPORARY = new EnhancedStatus(4, 2, 0);

    @ParameterizedTest
    @CsvSource({"2,0,0", "4,2,0", "5,1,1", "5,999,999"})
    void aStatusIsThreeNumbersWithDots(int kind, int subject, int detail) {
        assertThat(new EnhancedStatus(kind, subject, detail)).hasToString(kind + "." + subject + "." + detail);
    }

    @ParameterizedTest
    @CsvSource({"0,0,0", "1,0,0", "3,0,0", "6,0,0", "-4,0,0", "4,-1,0", "4,0,-1", "4,1000,0", "4,0,1000"})
    void whatIsNoStatusIsRefused(int kind, int subject, int detail) {
        assertThatThrownBy(() -> new EnhancedStatus(kind, subject, detail))
                .as("RFC 3463, section 2")
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void temporaryAndPermanentAreNeverMixedUp() {
        assertThatThrownBy(() -> new Outcome.Deferred(PERMANENT, "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Outcome.Refused(TEMPORARY, "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Outcome.Deferred(EnhancedStatus.RECIPIENT_VALID, "x"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new Outcome.Deferred(TEMPORARY, "x").status()).isEqualTo(TEMPORARY);
        assertThat(new Outcome.Refused(PERMANENT, "x").status()).isEqualTo(PERMANENT);
        assertThat(new Outcome.Accepted().status().kind()).isEqualTo(2);
    }
}
