package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 3461, section 4. */
class XtextTest {
    @ParameterizedTest
    @CsvSource({"abc, abc", "a+2Bb, a+b", "+3D, =", "+20, ' '", "'', ''", "a~!, a~!"})
    void hexadecimalsStandForOctets(String xtext, String octets) {
        assertThat(Xtext.decode(xtext)).contains(octets);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+", "a+", "a+2", "+2b", "+G0", "+-1", "a=b", "a b", "\u00e4", "\r", "+0x", "\u007f"})
    void othersAreNone(String text) {
        assertThat(Xtext.decode(text)).isEmpty();
    }

    @Test
    void everyOctetCanBeWritten() {
        for (int octet = 0; octet < 256; octet++) {
            assertThat(Xtext.decode(String.format("+%02X", octet))).contains(String.valueOf((char) octet));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"+00", "+0D+0A", "a+7F", "+FF"})
    void whatIsShownIsPrintable(String xtext) {
        assertThat(Xtext.decodePrintable(xtext)).isEmpty();
    }
}
