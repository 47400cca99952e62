package org.vmail.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OctetsTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theFirstLineFeedIsFoundWhateverSurroundsIt(long seed) {
        Random random = new Random(seed);
        // The neighbours of LF in value, and LF with the high bit, are what eight at a time could mix up.
        byte[] likely = {'\n', '\n' + 1, '\n' - 1, (byte) ('\n' | 0x80), 0, (byte) 0xff, 'x', '\r'};
        for (int i = 0; i < 20_000; i++) {
            byte[] octets = new byte[random.nextInt(40)];
            for (int j = 0; j < octets.length; j++) {
                octets[j] = likely[random.nextInt(4) == 0 ? random.nextInt(likely.length) : 1 + random.nextInt(7)];
            }
            int from = random.nextInt(octets.length + 1);
            int to = from + random.nextInt(octets.length - from + 1);
            int expected = -1;
            for (int j = to - 1; j >= from; j--) {
                expected = octets[j] == '\n' ? j : expected;
            }
            assertThat(Octets.indexOfLineFeed(octets, from, to)).isEqualTo(expected);
            byte[] copy = new byte[to - from + 3 + Octets.SPARE];
            int count = Octets.copyUntilLineFeed(octets, from, to, copy, 3);
            assertThat(count).isEqualTo(expected < 0 ? to - from : expected - from);
            assertThat(Arrays.copyOfRange(copy, 3, 3 + count))
                    .isEqualTo(Arrays.copyOfRange(octets, from, from + count));
        }
    }
}
