package org.vmail.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class ServerOptionsTest {
    private static final ServerOptions DEFAULTS = ServerOptions.defaults();

    @Test
    void theDefaultsAreThoseThatAreDocumented() {
        assertThat(DEFAULTS.maxConnections()).isEqualTo(1000);
        assertThat(DEFAULTS.maxConnectionsPerClient()).isEqualTo(100);
        assertThat(DEFAULTS.maxHalfOpenConnections()).isEqualTo(500);
        assertThat(DEFAULTS.backlog()).isEqualTo(128);
        assertThat(DEFAULTS.minReadRate()).isEqualTo(256);
        assertThat(DEFAULTS.sendBufferOctets()).isEqualTo(256 * 1024);
        assertThat(DEFAULTS.writeTimeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(DEFAULTS.drainTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(DEFAULTS.proxyHeaderTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(DEFAULTS.executor()).isEmpty();
    }

    @Test
    void eachChangeMakesACopyAndKeepsTheOthers() {
        Executor executor = task -> {};
        ServerOptions changed = DEFAULTS.withMaxConnections(1)
                .withMaxConnectionsPerClient(2)
                .withBacklog(3)
                .withMaxHalfOpenConnections(5)
                .withMinReadRate(6)
                .withSendBufferOctets(7)
                .withWriteTimeout(Duration.ofMillis(4))
                .withDrainTimeout(Duration.ZERO)
                .withProxyHeaderTimeout(Duration.ofMillis(8))
                .withExecutor(executor);
        assertThat(changed.maxConnections()).isEqualTo(1);
        assertThat(changed.maxConnectionsPerClient()).isEqualTo(2);
        assertThat(changed.backlog()).isEqualTo(3);
        assertThat(changed.maxHalfOpenConnections()).isEqualTo(5);
        assertThat(changed.minReadRate()).isEqualTo(6);
        assertThat(changed.sendBufferOctets()).isEqualTo(7);
        assertThat(changed.writeTimeout()).isEqualTo(Duration.ofMillis(4));
        assertThat(changed.drainTimeout()).isZero();
        assertThat(changed.proxyHeaderTimeout()).isEqualTo(Duration.ofMillis(8));
        assertThat(changed.executor()).containsSame(executor);
        assertThat(DEFAULTS.maxConnections()).as("the original is unchanged").isEqualTo(1000);
    }

    @Test
    void boundsThatAreNoneAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withMaxConnections(0));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withMaxConnectionsPerClient(0));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withMaxHalfOpenConnections(0));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withBacklog(0));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withMinReadRate(0));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withSendBufferOctets(0));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withWriteTimeout(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withDrainTimeout(Duration.ofNanos(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> DEFAULTS.withProxyHeaderTimeout(Duration.ZERO));
    }
}
