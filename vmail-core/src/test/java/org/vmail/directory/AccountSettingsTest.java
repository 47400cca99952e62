package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** The words of a line in accounts.DOMAIN. */
class AccountSettingsTest {
    private static final Domain A = Domain.of("a.example");

    private static AccountSettings parse(String text) {
        return AccountSettings.parse(text, A);
    }

    @Test
    void eachWordSaysOneThing() {
        assertThat(parse("disabled")).isEqualTo(new AccountSettings(true, Optional.empty(), Optional.empty()));
        assertThat(parse("quota=500M,10000").quota()).contains(new Quota(500L << 20, 10_000));
        assertThat(parse("forward=ann@b.example,bob").forward())
                .contains(
                        new Forward(List.of(MailAddress.of("ann@b.example"), MailAddress.of("bob@a.example")), false));
        assertThat(parse("keep forward=bob").forward())
                .contains(new Forward(List.of(MailAddress.of("bob@a.example")), true));
        assertThat(parse(" \t disabled \t quota=1 forward=bob keep # gone to sea"))
                .isEqualTo(new AccountSettings(
                        true,
                        Optional.of(Quota.ofOctets(1)),
                        Optional.of(new Forward(List.of(MailAddress.of("bob@a.example")), true))));
        assertThat(parse("forward=\"joe who\"@b.example,\"a,b\"@b.example").forward())
                .contains(new Forward(
                        List.of(MailAddress.of("\"joe who\"@b.example"), MailAddress.of("\"a,b\"@b.example")), false));
    }

    @ParameterizedTest
    @CsvSource({
        "1, quota=1",
        "1023, quota=1023",
        "1024, quota=1k",
        "1025, quota=1025",
        "1572864, quota=1536k",
        "1048576, quota=1M",
        "1099511627776, quota=1T",
        "1125899906842624, quota=1024T",
        "0, quota=0"
    })
    void aQuotaIsWrittenWithTheLargestUnitThatDividesIt(long octets, String text) {
        AccountSettings settings = new AccountSettings(false, Optional.of(Quota.ofOctets(octets)), Optional.empty());
        assertThat(settings).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1; 1; unlimited",
                "1023; 1023; unlimited",
                "1k; 1024; unlimited",
                "1K; 1024; unlimited",
                "2m; 2097152; unlimited",
                "3G; 3221225472; unlimited",
                "1T,7; 1099511627776; 7",
                "unlimited; unlimited; unlimited",
                "unlimited,7; unlimited; 7",
                "8388607T; 9223370937343148032; unlimited"
            })
    void aQuotaIsASizeAndPerhapsANumber(String text, String octets, String messages) {
        assertThat(AccountSettings.quota(text)).hasToString(octets + " octets, " + messages + " messages");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "-1",
                "+1",
                "1.5G",
                "M",
                "1MB",
                "1 M",
                "1P",
                ",",
                "1,",
                ",1",
                "1,0",
                "1,1k",
                "1,1,1",
                "0x1",
                "\u0661",
                "8388608T",
                "9223372036854775807",
                "99999999999999999999",
                "Unlimited",
                "none"
            })
    void anythingElseIsNoQuota(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> AccountSettings.quota(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "# disabled",
                "disable",
                "Disabled",
                "disabled=yes",
                "disabled disabled",
                "disabled,",
                "disabled,quota=1",
                "quota",
                "quota=",
                "quota =1",
                "quota= 1",
                "quota=1 quota=1",
                "forward=",
                "forward=,bob",
                "forward=bob,",
                "forward=bob, ann",
                "forward=bob@",
                "forward=@b.example",
                "forward=../bob",
                "forward=|/bin/sh",
                "forward=/tmp/mbox",
                "forward=:include:/etc/passwd",
                "forward=\"bob keep",
                "forward=bob forward=ann",
                "keep",
                "keep disabled",
                "forward=bob keep keep",
                "forward=b\u0000b",
                "disabled\u0000"
            })
    void anythingElseIsRefusedWhole(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse(text))
                .satisfies(e -> assertThat(e.getMessage()).isNotBlank().doesNotContain("\u0000"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 20, 300, 4000})
    void whatIsWrittenIsReadAgain(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            AccountSettings settings = settings(random);
            assertThat(parse(settings.toString()))
                    .as("seed %d: %s", seed, settings)
                    .isEqualTo(settings);
            assertThat(settings.toString()).doesNotContain("\n", "\r");
        }
    }

    private static AccountSettings settings(Random random) {
        boolean disabled = random.nextBoolean();
        Optional<Quota> quota =
                random.nextBoolean() ? Optional.of(new Quota(limit(random), limit(random))) : Optional.empty();
        boolean forwards = random.nextBoolean() || (!disabled && quota.isEmpty());
        List<MailAddress> to = IntStream.rangeClosed(0, random.nextInt(3))
                .mapToObj(i -> new MailAddress(localPart(random), random.nextBoolean() ? A : Domain.of("b.example")))
                .toList();
        return new AccountSettings(
                disabled, quota, forwards ? Optional.of(new Forward(to, random.nextBoolean())) : Optional.empty());
    }

    private static long limit(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> Long.MAX_VALUE;
            case 1 -> 1L << random.nextInt(59);
            default -> 1 + random.nextInt(1_000_000);
        };
    }

    private static String localPart(Random random) {
        String characters = "abz09.-+=#:,;\"@ |'!j\u00f6";
        while (true) {
            List<String> chosen = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(12); i++) {
                int at = random.nextInt(characters.length());
                chosen.add(characters.substring(at, at + 1));
            }
            String text = String.join("", chosen);
            try {
                return new MailAddress(text, A).localPart();
            } catch (IllegalArgumentException refused) {
                // another one, then
            }
        }
    }
}
