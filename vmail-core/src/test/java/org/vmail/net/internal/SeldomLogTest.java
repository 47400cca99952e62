package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.vmail.net.LogRecorder;

class SeldomLogTest {
    @Test
    void thereIsOneWarningAMinute() {
        AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5); // it overflows, as System.nanoTime may
        try (LogRecorder log = new LogRecorder()) {
            SeldomLog seldom = new SeldomLog(LoggerFactory.getLogger("org.vmail.test"), clock::get);
            seldom.warn("event {} of {}", 1, "many");
            seldom.warn("event {}", 2);
            clock.addAndGet(TimeUnit.SECONDS.toNanos(59));
            seldom.warn("event {}", 3);
            clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
            seldom.warn("event {}", 4);
            assertThat(log.texts("event"))
                    .extracting(text -> text.replaceAll("org.vmail.test|\n", ""))
                    .containsExactly("WARN  event 1 of many", "DEBUG  event 2", "DEBUG  event 3", "WARN  event 4");
        }
    }
}
