package org.vmail.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 1939, section 7, UIDL: one to 70 characters in the range 0x21 to 0x7E. */
class UniqueIdTest {
    @Test
    void everyPrintableCharacterIsAllowed() {
        for (char c = 0x21; c <= 0x7e; c++) {
            assertThat(new UniqueId(String.valueOf(c)).value()).isEqualTo(String.valueOf(c));
        }
    }

    @Test
    void seventyCharactersAreTheMost() {
        assertThat(UniqueId.isValid("x".repeat(70))).isTrue();
        assertThat(UniqueId.isValid("x".repeat(71))).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> new UniqueId("x".repeat(71)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\r\nb", "\0", "\u007f", "\u00e9", "\uff21"})
    void anythingElseIsRefused(String value) {
        assertThat(UniqueId.isValid(value)).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UniqueId(value))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\r", "\n", "\0"));
    }

    @Test
    void aSizeIsNotNegative() {
        UniqueId id = new UniqueId("a");
        assertThat(new StoredMessage(id, 0).octets()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> new StoredMessage(id, -1));
    }
}
