package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Filter;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.Relay;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.Routing;
import org.vmail.directory.CommandLine;

class SenderRewritingTest {
    private static final byte[] SECRET = "0123456789abcdef".getBytes(UTF_8);
    private static final byte[] OTHER = "fedcba9876543210".getBytes(UTF_8);

    private final SettableClock clock = new SettableClock();
    private final SenderRewriting ours = at("ours.example", SECRET);

    @Test
    void aSenderIsNamedInAnAddressOfOurs() {
        assertThat(rewrite(ours, "joe@a.example"))
                .matches("SRS0=[A-Z2-7]{8}=[A-Z2-7]{2}=a\\.example=joe@ours\\.example");
        assertThat(restore(ours, rewrite(ours, "joe@a.example"))).contains(MailAddress.of("joe@a.example"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whateverIsRewrittenIsRestored(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 1000; round++) {
            StringBuilder local = new StringBuilder("a");
            for (int i = random.nextInt(12); i > 0; i--) {
                local.append("abAB=+-_ \"é!".charAt(random.nextInt(12)));
            }
            MailAddress sender = new MailAddress(local.append("z").toString(), Domain.of("a" + round + ".example"));
            String rewritten = rewrite(ours, sender.toString());
            assertThat(rewritten)
                    .as("seed %d: %s", seed, sender)
                    .startsWith(rewritten.startsWith("\"") ? "\"SRS0=" : "SRS0=");
            assertThat(restore(ours, rewritten)).as("seed %d: %s", seed, sender).contains(sender);
            assertThat(restore(ours, rewritten.toLowerCase(Locale.ROOT)).map(MailAddress::toLowerCase))
                    .as("seed %d: %s", seed, sender)
                    .contains(sender.toLowerCase());
        }
    }

    @Test
    void anAddressThatWasChangedIsNotOurs() {
        String rewritten = rewrite(ours, "joe@a.example");
        int end = rewritten.indexOf('@');
        for (int i = 4; i < end; i++) {
            String changed =
                    rewritten.substring(0, i) + (rewritten.charAt(i) == 'x' ? 'y' : 'x') + rewritten.substring(i + 1);
            assertThat(restore(ours, changed)).as(changed).isEmpty();
            assertThat(restore(ours, rewritten.substring(0, i) + rewritten.substring(end)))
                    .isEmpty();
        }
        assertThat(restore(at("ours.example", OTHER), rewritten)).isEmpty();
        assertThat(restore(at("theirs.example", SECRET), rewritten)).isEmpty();
    }

    @Test
    void theFiltersOfTheOthersStay() throws IOException {
        Filter filter = new Filter(Domain.of("a.example"), new CommandLine(List.of("/bin/cat")));
        RecipientRouter others = new RecipientRouter() {
            @Override
            public Routing route(MailAddress recipient) {
                return new Routing.Unknown();
            }

            @Override
            public Optional<Filter> filter(Domain domain) {
                return Optional.of(filter);
            }
        };

        assertThat(ours.returning(others).filter(Domain.of("a.example"))).contains(filter);
    }

    @Test
    void anAddressExpires() {
        clock.advance(Duration.ofDays(1023 - 20_000 % 1024)); // near the overflow of the days
        for (int start = 0; start < 1030; start++) {
            String rewritten = rewrite(ours, "joe@a.example");
            clock.advance(Duration.ofDays(21));
            assertThat(restore(ours, rewritten)).isPresent();
            clock.advance(Duration.ofDays(1));
            assertThat(restore(ours, rewritten)).isEmpty();
            clock.advance(Duration.ofDays(-21));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 511})
    void howLongAnAddressIsGoodIsAnOption(int days) {
        SenderRewriting other = ours.withValidity(Duration.ofDays(days));
        String rewritten = rewrite(other, "joe@a.example");
        clock.advance(Duration.ofDays(days));
        assertThat(restore(other, rewritten)).isPresent();
        clock.advance(Duration.ofDays(1));
        assertThat(restore(other, rewritten)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 512})
    void noAddressIsGoodForLongerThanItsDaysCanBeTold(int days) {
        assertThatIllegalArgumentException().isThrownBy(() -> ours.withValidity(Duration.ofDays(days)));
    }

    @Test
    void reportsGoToTheFirstForwarderHoweverManyThereAre() {
        SenderRewriting first = at("first.example", OTHER);
        SenderRewriting second = at("s.example", "another secret, long".getBytes(UTF_8));
        String atFirst = rewrite(first, "j@a.example");
        String atSecond = rewrite(second, atFirst);
        String here = rewrite(ours, atSecond);

        assertThat(atSecond).matches("SRS1=[A-Z2-7]{8}=first\\.example==.*@s\\.example");
        assertThat(here).matches("SRS1=[A-Z2-7]{8}=first\\.example==.*@ours\\.example");
        assertThat(restore(ours, here)).contains(MailAddress.of(atFirst));
        assertThat(restore(first, restore(ours, here).orElseThrow().toString()))
                .contains(MailAddress.of("j@a.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "joe@ours.example",
                "no-address",
                "a-local-part-that-is-quite-long-already@a-domain-that-is-not-short.example"
            })
    void somePathsStay(String path) {
        assertThat(rewrite(ours, path)).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"SRS0=", "SRS0=a", "SRS0=a=b=c", "SRS0=a=b=c=d", "SRS1=a=b", "SRS1=a=b=c", "SRS0=====", "SRS2=a"
            })
    void whatOnlyLooksLikeItIsUnknown(String local) {
        assertThat(ours.restore(MailAddress.of(local + "@ours.example"))).isEmpty();
        assertThat(rewrite(ours, local + "@a.example")).contains("@ours.example");
    }

    @Test
    void theSecretCanBeChanged() {
        String rewritten = rewrite(at("ours.example", OTHER), "joe@a.example");

        assertThat(restore(ours.withOldSecret(OTHER), rewritten)).isPresent();
        assertThat(rewrite(ours.withOldSecret(OTHER), "joe@a.example")).isEqualTo(rewrite(ours, "joe@a.example"));
        assertThatThrownBy(() -> at("ours.example", new byte[15])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRelayAndARouterDoItByThemselves() throws IOException {
        List<Envelope> sent = new ArrayList<>();
        Relay relay = ours.forwarding(envelope -> {
            sent.add(envelope);
            throw new IOException("that is all");
        });
        MailAddress ann = MailAddress.of("ann@b.example");
        assertThatThrownBy(() -> relay.begin(new Envelope(new ReversePath("joe@a.example"), List.of(ann))))
                .hasMessage("that is all");
        RecipientRouter router = ours.returning(recipient -> new Routing.Elsewhere());

        MailAddress rewritten = MailAddress.of(sent.get(0).reversePath().address());
        assertThat(sent.get(0).recipients()).containsExactly(ann);
        assertThat(router.route(rewritten))
                .isEqualTo(new Routing.Alias(Set.of(), List.of(MailAddress.of("joe@a.example"))));
        assertThat(router.route(MailAddress.of("SRS0=x=y=z=a@ours.example"))).isEqualTo(new Routing.Unknown());
        assertThat(router.route(ann)).isEqualTo(new Routing.Elsewhere());
        assertThat(router.route(MailAddress.of("joe@ours.example"))).isEqualTo(new Routing.Elsewhere());
    }

    private SenderRewriting at(String domain, byte[] secret) {
        return SenderRewriting.of(Domain.of(domain), secret, clock);
    }

    private static String rewrite(SenderRewriting rewriting, String path) {
        return rewriting.rewrite(new ReversePath(path)).address();
    }

    private static Optional<MailAddress> restore(SenderRewriting rewriting, String address) {
        return MailAddress.parse(address).flatMap(rewriting::restore);
    }
}
