package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import org.junit.jupiter.api.Test;

class LabelStrippingTest {
    @Test
    void ofKnownLabelsOneIsStripped() {
        LabelStripping rule = LabelStripping.of(Set.of("Mail", "pop"));
        assertThat(rule.candidates("mail.a.example")).containsExactly("mail.a.example", "a.example");
        assertThat(rule.candidates("MAIL.a.example")).containsExactly("MAIL.a.example", "a.example");
        assertThat(rule.candidates("pop.mail.a.example")).containsExactly("pop.mail.a.example", "mail.a.example");
        assertThat(rule.candidates("www.a.example")).containsExactly("www.a.example");
        assertThat(rule.candidates("mail")).containsExactly("mail");
        assertThat(rule.candidates("")).containsExactly("");
    }

    @Test
    void upToADepthTheLongestNameComesFirst() {
        assertThat(LabelStripping.upTo(2).candidates("pop.eu.a.example"))
                .containsExactly("pop.eu.a.example", "eu.a.example", "a.example");
        assertThat(LabelStripping.upTo(9).candidates("pop.a.example"))
                .containsExactly("pop.a.example", "a.example", "example");
        assertThat(LabelStripping.upTo(9).candidates("..")).containsExactly("..", ".", "");
    }

    @Test
    void withoutARuleANameStandsForItself() {
        assertThat(LabelStripping.none().candidates("mail.a.example")).containsExactly("mail.a.example");
        assertThatIllegalArgumentException().isThrownBy(() -> LabelStripping.upTo(-1));
    }
}
