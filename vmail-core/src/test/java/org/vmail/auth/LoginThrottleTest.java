package org.vmail.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmail.address.MailAddress;
import org.vmail.auth.LoginThrottle.Attempt;
import org.vmail.internal.ManualClock;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ProxiedConnection;

class LoginThrottleTest {
    private static final InetAddress HOME = InetAddresses.forString("192.0.2.1");
    private static final InetAddress ELSEWHERE = InetAddresses.forString("192.0.2.2");
    private static final InetAddress LOOPBACK = InetAddresses.forString("127.0.0.1");
    private static final InetSocketAddress SERVER = new InetSocketAddress(InetAddresses.forString("192.0.2.110"), 110);
    private static final MailAddress JOE = MailAddress.of("joe@a.example");

    private final ManualClock clock = new ManualClock();
    private final LoginThrottle throttle = LoginThrottle.with(LoginThrottleOptions.defaults(), clock);

    private static ConnectionInfo from(InetAddress client) {
        return ConnectionInfo.plain(SERVER, new InetSocketAddress(client, 40_000));
    }

    /** A client that a proxy tells of; with {@code own} one that it does not tell of. */
    private static ConnectionInfo proxied(InetAddress client, InetAddress proxy, boolean own) {
        Optional<ProxiedConnection> told = Optional.of(new ProxiedConnection(
                new InetSocketAddress(proxy, 40_001),
                own,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
        return new ConnectionInfo(SERVER, new InetSocketAddress(client, 40_000), Optional.empty(), false, SERVER, told);
    }

    private Attempt begin(InetAddress client) {
        return throttle.begin(from(client));
    }

    private long failed(InetAddress client) {
        return failed(from(client));
    }

    private long failed(ConnectionInfo client) {
        try (Attempt attempt = throttle.begin(client)) {
            attempt.failed();
            return attempt.delay().toSeconds();
        }
    }

    private long delay(InetAddress client) {
        try (Attempt attempt = begin(client)) {
            return attempt.delay().toSeconds();
        }
    }

    private long delayFor(InetAddress client) {
        try (Attempt attempt = begin(client)) {
            return attempt.delayFor(JOE).toSeconds();
        }
    }

    @Test
    void penaltiesGrowToTheLastAndAreForgivenOneByOne() {
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            delays.add(failed(HOME));
        }
        assertThat(delays).containsExactly(0L, 2L, 4L, 8L, 15L, 15L, 15L);
        assertThat(delay(ELSEWHERE)).isZero();
        delays.clear();
        for (int i = 0; i < 5; i++) {
            delays.add(delay(HOME));
            clock.advance(Duration.ofMinutes(1));
        }
        assertThat(delays).containsExactly(15L, 8L, 4L, 2L, 0L);
    }

    @Test
    void anAttemptThatSucceedsOrComesToNothingCountsForNothing() {
        for (int i = 0; i < 10; i++) {
            try (Attempt attempt = begin(HOME)) {
                attempt.succeeded(JOE);
                attempt.failed(JOE);
            }
            assertThat(delay(HOME)).isZero();
        }
    }

    @Test
    void aSuccessForgivesNoFailure() {
        assertThat(failed(HOME)).isZero();
        begin(HOME).succeeded(JOE);
        assertThat(delay(HOME)).isEqualTo(2);
    }

    @Test
    void parallelAttemptsAreNoFreeGuesses() {
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            attempts.add(begin(HOME));
        }
        assertThat(attempts.stream().map(Attempt::delay).filter(Duration::isZero))
                .hasSize(LoginThrottleOptions.defaults().parallel());
        assertThat(attempts.get(99).delay()).isEqualTo(Duration.ofSeconds(15));
        attempts.forEach(Attempt::close);
        assertThat(delay(HOME)).isZero();
    }

    @Test
    void aFailureMakesTheAttemptsUnderWayCount() {
        try (Attempt one = begin(HOME);
                Attempt two = begin(HOME)) {
            assertThat(two.delay()).isZero();
            one.failed();
            assertThat(delay(HOME)).isEqualTo(4);
        }
    }

    @Test
    void guessersFromManyNetworksWaitForEachOtherAndTheOwnerDoesNot() {
        begin(HOME).succeeded(JOE);
        for (int i = 0; i < 200; i++) {
            Attempt attempt = begin(InetAddresses.fromInteger(0x0a000000 + i));
            attempt.failed(MailAddress.of("JOE@a.example"));
        }
        assertThat(delayFor(ELSEWHERE)).isEqualTo(15);
        assertThat(delayFor(HOME)).isZero();
        clock.advance(Duration.ofDays(31));
        assertThat(delayFor(ELSEWHERE)).isZero();
    }

    @Test
    void theOwnersOwnMistakesSlowNobodyElse() {
        begin(HOME).succeeded(JOE);
        for (int i = 0; i < 10; i++) {
            begin(HOME).failed(JOE);
        }
        assertThat(delayFor(ELSEWHERE)).isZero();
    }

    @Test
    void aNetworkOfIpv6IsOneClient() {
        assertThat(failed(InetAddresses.forString("2001:db8::1"))).isZero();
        assertThat(delay(InetAddresses.forString("2001:db8::ffff:2"))).isEqualTo(2);
        assertThat(delay(InetAddresses.forString("2001:db8:0:1::1"))).isZero();
    }

    @Test
    void loopbackIsNoClientOfItsOwn() {
        for (int i = 0; i < 100; i++) {
            assertThat(failed(InetAddresses.forString("127.0.0.2"))).isZero();
            assertThat(failed(InetAddresses.forString("::1"))).isZero();
        }
    }

    @Test
    void aWebmailProgramBehindAProxyOnThisMachineIsNoClientOfItsOwn() {
        for (int i = 0; i < 100; i++) {
            assertThat(failed(proxied(LOOPBACK, LOOPBACK, false))).isZero();
        }
    }

    @Test
    void aLoopbackAddressThatAProxyElsewhereTellsOfIsAClientLikeOthers() {
        ConnectionInfo claimed = proxied(LOOPBACK, ELSEWHERE, false);
        assertThat(failed(claimed)).isZero();
        assertThat(failed(claimed)).isEqualTo(2);
    }

    @Test
    void aProxyThatDoesNotTellForWhomItSpeaksIsAClientLikeOthersThoughItIsHere() {
        ConnectionInfo unknown = proxied(LOOPBACK, LOOPBACK, true);
        assertThat(failed(unknown)).isZero();
        assertThat(failed(unknown)).isEqualTo(2);
    }

    @Test
    void aLoginFromLoopbackMakesNobodyThereAnAcquaintance() {
        InetAddress webmail = InetAddresses.forString("127.0.0.1");
        begin(webmail).succeeded(JOE);
        for (int i = 0; i < 10; i++) {
            begin(webmail).failed(JOE);
        }
        assertThat(delayFor(webmail))
                .as("behind it are the guessers as well as Joe")
                .isEqualTo(15);
    }

    @Test
    void tenThousandBadLoginsOfANetworkCostNobodyElseAnything() {
        for (int i = 0; i < 10_000; i++) {
            try (Attempt attempt = begin(HOME)) {
                attempt.failed(MailAddress.of("guess" + i + "@a.example"));
            }
        }
        assertThat(delay(HOME)).isEqualTo(15);
        assertThat(delay(ELSEWHERE)).isZero();
        assertThat(delayFor(ELSEWHERE)).isZero();
        clock.advance(Duration.ofMinutes(5));
        assertThat(delay(HOME)).isZero();
    }

    @Test
    void withoutPenaltiesNobodyWaits() {
        LoginThrottle off = LoginThrottle.with(LoginThrottleOptions.defaults().withPenalties(List.of()), clock);
        for (int i = 0; i < 10; i++) {
            Attempt attempt = off.begin(from(HOME));
            attempt.failed(JOE);
            assertThat(attempt.delay()).isZero();
        }
    }
}
