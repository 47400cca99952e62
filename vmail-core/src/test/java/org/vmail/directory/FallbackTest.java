package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

class FallbackTest {
    private static final Domain OWN = Domain.of("a.example");

    @ParameterizedTest
    @CsvSource({"joe, joe@a.example", "joe@b.example, joe@b.example", "Joe.Who@B.Example, Joe.Who@b.example"})
    void anAddressOrANameOfTheDomainItself(String text, String address) {
        assertThat(Fallback.parse(text, OWN)).isEqualTo(new Fallback.ToAddress(MailAddress.of(address)));
    }

    @Test
    void theSameLocalPartOfAnotherDomain() {
        assertThat(Fallback.parse("@B.Example", OWN)).isEqualTo(new Fallback.ToDomain(Domain.of("b.example")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " "})
    void nothingIsARefusal(String text) {
        assertThat(Fallback.parse(text, OWN)).isEqualTo(new Fallback.Refuse());
    }

    @ParameterizedTest
    @ValueSource(strings = {"|/bin/cat %u", "| /bin/cat %u", "|\"/bin/cat %u\""})
    void aCommand(String text) {
        assertThat(Fallback.parse(text, OWN))
                .isEqualTo(new Fallback.ToCommand(new CommandLine(List.of("/bin/cat", "%u"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"@", "@.", "joe@", "../joe", "joe@b@c", "jo\re", "|", "|cat", "| cat", "|/bin/cat | /bin/cat"})
    void anythingElseIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Fallback.parse(text, OWN));
    }
}
