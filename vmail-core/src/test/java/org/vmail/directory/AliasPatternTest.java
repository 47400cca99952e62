package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

class AliasPatternTest {
    private static final Domain A = Domain.of("a.example");

    @Test
    void groupsOfTheNameStandInTheTargets() throws IOException {
        assertThat(AliasPattern.of("list-(.+)", "$1@lists.example", "archive").match("list-Chess", A))
                .contains(List.of(MailAddress.of("Chess@lists.example"), MailAddress.of("archive@a.example")));
    }

    @Test
    void theWholeNameHasToMatchInAnyCase() throws IOException {
        AliasPattern pattern = AliasPattern.of("j[öo]e", "ann");
        assertThat(pattern.match("JOE", A)).isPresent();
        assertThat(pattern.match("JÖE", A)).isPresent();
        assertThat(pattern.match("joe2", A)).isEmpty();
        assertThat(pattern.match("xjoe", A)).isEmpty();
    }

    @Test
    void anExpressionThatWouldTakeYearsIsGivenUp() {
        assertThatIOException()
                .isThrownBy(() -> AliasPattern.of("a*a*a*a*a*b", "joe").match("a".repeat(60), A));
    }

    @Test
    void whatMakesNoAddressCannotBeTold() {
        assertThatIOException().isThrownBy(() -> AliasPattern.of("x(.*)", "$1").match("x", A));
        assertThatIOException()
                .isThrownBy(() -> AliasPattern.of("x(.*)", "joe@$1").match("x..", A));
    }

    @Test
    void mistakesAreFoundAtOnce() {
        assertThatIllegalArgumentException().isThrownBy(() -> AliasPattern.of("(", "joe"));
        assertThatIllegalArgumentException().isThrownBy(() -> AliasPattern.of("x", "$1"));
        assertThatIllegalArgumentException().isThrownBy(() -> AliasPattern.of("x"));
    }
}
