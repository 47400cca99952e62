package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.ManualClock;

class SystemDirectoryTest {
    private static final Domain MAIN = Domain.of("main.example");
    private static final HostedDomain HOSTED = HostedDomain.of(MAIN).withAliases(List.of(Domain.of("old.example")));
    private static final Clock DAY_20000 =
            Clock.fixed(LocalDate.ofEpochDay(20_000).atTime(12, 0).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);

    @TempDir
    Path folder;

    private final ManualClock nanos = new ManualClock();
    private Path passwd;
    private Path shadow;

    @BeforeEach
    void writeFiles() throws IOException {
        passwd = Files.writeString(folder.resolve("passwd"), """
                root:x:0:0:root:/root:/bin/bash
                daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
                joe:x:1000:1000:Joe,,,:/home/joe:/bin/bash
                ann:x:1001:1001::/home/ann:/usr/sbin/nologin
                Capital:x:1002:1002::/home/c:/bin/bash
                old:$1$salt$hash:1003:1003::/home/old:/bin/bash
                forgotten:x:1004:1004::/home/forgotten:/bin/bash
                nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
                +nis
                broken:x:many:1::/:/bin/sh
                """);
        shadow = Files.writeString(folder.resolve("shadow"), """
                root:$6$root:19000:0:99999:7:::
                joe:$y$j9T$joe:19000:0:99999:7:::
                ann:!$6$ann:19000:0:99999:7:::
                """);
    }

    private SystemDirectory.Builder builder() {
        return SystemDirectory.builder(HOSTED).passwd(passwd).shadow(shadow).clocks(nanos, DAY_20000);
    }

    private Optional<Account> account(String address) throws IOException {
        return builder().build().account(MailAddress.of(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe@main.example", "JOE@Main.Example", "joe@old.example"})
    void aUserIsAnAccountOfTheDomainUnderEachOfItsNames(String address) throws IOException {
        assertThat(account(address))
                .contains(new Account(MailAddress.of("joe@main.example"), new PasswordHash("$y$j9T$joe")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "root@main.example",
                "daemon@main.example",
                "nobody@main.example",
                "nobodyelse@main.example",
                "capital@main.example",
                "broken@main.example",
                "joe@elsewhere.example"
            })
    void nobodyElseIs(String address) throws IOException {
        assertThat(account(address)).isEmpty();
    }

    @Test
    void onlyItsOwnDomainIsHosted() throws IOException {
        SystemDirectory directory = builder().build();
        assertThat(directory.mainName(Domain.of("old.example"))).contains(MAIN);
        assertThat(directory.domain(Domain.of("elsewhere.example"))).isEmpty();
        assertThat(directory.alias(MailAddress.of("joe@main.example"))).isEmpty();
    }

    @Test
    void whoMayNotLogInAtATerminalHasMailAllTheSameUnlessTheShellIsListed() throws IOException {
        MailAddress ann = MailAddress.of("ann@main.example");
        assertThat(builder().build().account(ann)).isPresent();
        assertThat(builder().withoutShells(List.of("/usr/sbin/nologin")).build().account(ann))
                .isEmpty();
    }

    @Test
    void theRangeOfUserIdsIsASetting() throws IOException {
        assertThat(builder().userIds(0, 1).build().account(MailAddress.of("root@main.example")))
                .isPresent();
        assertThat(builder().userIds(1001, 1001).build().account(MailAddress.of("joe@main.example")))
                .isEmpty();
    }

    @Test
    void aHashInPasswdCountsAndAUserWithoutALineInShadowIsLocked() throws IOException {
        assertThat(account("old@main.example").orElseThrow().passwordHash())
                .isEqualTo(new PasswordHash("$1$salt$hash"));
        assertThat(account("forgotten@main.example")
                        .orElseThrow()
                        .passwordHash()
                        .isLocked())
                .isTrue();
        assertThat(account("ann@main.example").orElseThrow().passwordHash().isLocked())
                .isTrue();
    }

    /** The days of shadow(5): last change, minimum, maximum, warning, inactivity, expiration. Today is day 20000. */
    @ParameterizedTest
    @CsvSource({
        "19000:0:99999:7::, false",
        "19000:0:1000:7::, false",
        "19000:0:999:7::, true",
        "19000::::10:, false",
        "19000:0:99999:7::20001, false",
        "19000:0:99999:7::20000, true",
        "0:0:99999:7::, true",
        ":0:1:7::, false",
        "19000:0:-1:7::-1, false",
        "19000:0:soon:7::, true",
        "99999999999999999999:0:1:7::, true",
        "9223372036854775806:0:9223372036854775806:7::, false"
    })
    void whoHasExpiredExistsAndCannotLogIn(String days, boolean expired) throws IOException {
        Files.writeString(shadow, "joe:$6$joe:" + days + ":\n");
        assertThat(account("joe@main.example").orElseThrow().passwordHash().isLocked())
                .isEqualTo(expired);
    }

    @Test
    void changedFilesAreReadAgain() throws IOException {
        SystemDirectory directory = builder().build();
        MailAddress joe = MailAddress.of("joe@main.example");
        for (int i = 0; i < 3; i++) {
            assertThat(directory.account(joe)).isPresent();
            nanos.advance(Duration.ofSeconds(1));
        }
        Path changed = folder.resolve("shadow.new");
        Files.move(
                Files.writeString(changed, "joe:$6$changed:19000:0:99999:7:::\n"),
                shadow,
                StandardCopyOption.REPLACE_EXISTING);
        for (int i = 0; i < 3; i++) {
            assertThat(directory.account(joe)).isPresent();
            nanos.advance(Duration.ofSeconds(1));
        }
        assertThat(directory.account(joe).orElseThrow().passwordHash()).isEqualTo(new PasswordHash("$6$changed"));
    }

    @Test
    void filesThatCannotBeReadAreAFailureAndNobodyIsUnknown() throws IOException {
        Files.delete(shadow);
        assertThatIOException().isThrownBy(() -> account("joe@main.example"));
        assertThatIOException().isThrownBy(() -> account("nobodyelse@main.example"));
        Files.createFile(shadow);
        Files.delete(passwd);
        assertThatIOException().isThrownBy(() -> account("joe@main.example"));
        Files.createFile(passwd);
        assertThatIOException().isThrownBy(() -> account("joe@main.example"));
    }

    @Test
    void withoutShadowSomebodyElseKnowsTheHashes() throws IOException {
        Files.delete(shadow);
        assertThat(builder()
                        .withoutShadow()
                        .build()
                        .account(MailAddress.of("joe@main.example"))
                        .orElseThrow()
                        .passwordHash()
                        .isElsewhere())
                .isTrue();
    }

    @Test
    void twoDirectoriesAreOneAndTheFirstDecidesOnItsDomains() throws IOException {
        Directory virtual = Directory.inMemory()
                .account("joe@a.example", "secret")
                .account("root@main.example", "secret")
                .build();
        Directory both = builder().build().or(virtual);
        assertThat(both.account(MailAddress.of("joe@main.example"))).isPresent();
        assertThat(both.account(MailAddress.of("joe@a.example"))).isPresent();
        assertThat(both.account(MailAddress.of("root@main.example")))
                .as("main.example is the first one's, with all of its users")
                .isEmpty();
        assertThat(both.mainName(Domain.of("a.example"))).isPresent();
        assertThat(both.mainName(Domain.of("old.example"))).contains(MAIN);
        assertThat(both.mainName(Domain.of("elsewhere.example"))).isEmpty();
    }
}
