package org.vmail.mailbox.maildir;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageNameTest {
    @Test
    void theOldestComesFirstWhetherOrNotNumbersArePadded() {
        List<String> names = List.of(
                "999999999.M5P1.host",
                "1795356658.1234_1.host",
                "1795356658.M7P21150.Mail,S=25,W=28:2,FS",
                "1795356658.M000084P21114Q1.host,S=213,W=222:2,",
                "1795356658.M98765P21150.host",
                "1795356658.M117323P21114Q1.host",
                "1795356658.V801I5M725444P7.host",
                "1795356658.M99999999999999999999P1.host",
                "1795356659.M1P1.host",
                "no time");
        List<String> shuffled = new ArrayList<>(names);
        Collections.shuffle(shuffled, new Random(17));

        assertThat(shuffled.stream()
                        .map(MessageName::new)
                        .sorted(MessageName.OLDEST_FIRST)
                        .map(MessageName::file))
                .containsExactlyElementsOf(names);
    }

    @Test
    void namesWithoutTheUsualPartsAreNoProblem() {
        for (String name :
                List.of("", ".", "..", "M", ".M", ".M1", "M1.M2", "1.", "1.M", "1.M.", "1.Mx.", ",", ":", "1.2M")) {
            assertThat(MessageName.OLDEST_FIRST.compare(new MessageName(name), new MessageName(name)))
                    .isZero();
        }
    }
}
