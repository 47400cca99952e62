package org.vmail.pop3.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A page that leaves something out, or says what nobody understands, is no page. */
class MatrixPageTest {
    private static final Path PAGE = Path.of("../docs/scenarios/matrix.md");

    @Test
    void thePageIsWhole() throws IOException {
        assertThat(MatrixPage.parse(Files.readString(PAGE)).combinations()).isGreaterThan(10_000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', textBlock = """
            what                         ! in the page                               ! instead                          ! problem
            a row with a cell too few    ! \\| shared IP \\| shared                  ! ~| shared IP ~                   ! lacks a cell
            a row with a cell too many   ! \\| shared IP \\| shared                  ! ~| shared IP | shared | shared~  ! lacks a cell
            an empty cell                ! \\| shared IP \\| shared                  ! ~| shared IP | ~                 ! lacks a cell
            a row that does not end      ! \\| `shared address` \\|                  ! ~| `shared address`~             ! does not end
            a piece of evidence less     ! \\n\\| port in the table .*               ! ~~                               ! The rows are
            one that nobody knows        ! \\| port in the table                     ! ~| port of the client~           ! The rows are
            one of them twice            ! (\\n\\| port in the table .*)             ! $1$1                             ! The rows are
            a state that nobody knows    ! \\| shared IP \\| shared                  ! ~| shared IP | share~            ! 'share' is none of
            a third choice               ! nobody's → a.example                      ! nobody's → shared → a.example    ! chosen twice at most
            a log that is not quoted     ! `shared address`                          ! shared address                   ! quoted
            a transport less             ! \\| STLS \\|                              ! ~| TLS 1.2 |~                    ! The columns are
            a cell without a reason      ! \\| shared IP \\| shared                  ! ~| shared IP | —~                ! there are reasons for
            a reason less                ! \\n\\| … PROXY … .*                       ! ~~                               ! there are reasons for
            a reason for nothing         ! \\| … PROXY …                             ! ~| … carrier pigeon …~           ! nothing that cannot happen
            a reason too many            ! \\| … PROXY … \\| plain                   ! ~| … PROXY … | PROXY v1; plain~  ! there are reasons for
            a login less                 ! \\| `ann` \\|                             ! ~| `eve` |~                      ! The columns are
            an outcome that is none      ! native \\[AUTH]                           ! native [OK]                      ! is none of
            a policy that is none        ! \\| connection wins                       ! ~| connection loses~             ! is none of
            a policy less                ! \\n\\| a.example \\| must agree .*        ! ~~                               ! has no row for a.example, must agree
            a state less                 ! \\n\\| shared \\| any .*                  ! ~~                               ! has no row for shared
            a row twice                  ! (\\n\\| shared \\| any .*)                ! $1$1                             ! has twice
            a state that nothing comes to ! (\\n\\| )shared( \\| any .*)             ! $1shared$2$1b.example$2          ! No connection comes to
            a deployment less            ! ## Ours only                              ! ~## Others only~                 ! no table under
            one that nobody knows        ! $                                         ! ~\n## More\n\n| a |\n| --- |\n| b |\n~ ! Nobody knows
            """, useHeadersInDisplayName = true)
    void aPageThatIsNotWholeIsRefused(String what, String in, String instead, String problem) throws IOException {
        String page = Files.readString(PAGE);
        String changed = Pattern.compile(in.replace("\\n", "\n"))
                .matcher(page)
                .replaceFirst((instead == null ? "" : instead).replace("\\n", "\n"));
        assertThat(changed).as(what).isNotEqualTo(page);

        assertThatIllegalArgumentException()
                .as(what)
                .isThrownBy(() -> MatrixPage.parse(changed))
                .withMessageContaining(problem);
    }
}
