package org.vmail.mailbox.maildir;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.vmail.mailbox.UniqueId;

class UniqueNamesTest {
    private static final Clock STOPPED = Clock.fixed(Instant.ofEpochSecond(1_700_000_000, 1_234_000), ZoneOffset.UTC);

    @Test
    void aNameIsMadeOfSecondsMicrosecondsProcessCountAndHost() {
        long process = ProcessHandle.current().pid();
        assertThat(new UniqueNames(STOPPED).next())
                .as("maildir(5): unique for ever, and neither slash nor colon")
                .matches("1700000000\\.M001234P" + process + "Q[0-9]+\\.[a-z0-9._-]{1,25}");
    }

    @Test
    void namesDifferThoughTheClockStandsStill() {
        List<UniqueNames> twoStores = List.of(new UniqueNames(STOPPED), new UniqueNames(STOPPED));
        Set<String> names = ConcurrentHashMap.newKeySet();
        IntStream.range(0, 10_000)
                .parallel()
                .forEach(i -> names.add(twoStores.get(i % 2).next()));
        assertThat(names).hasSize(10_000);
    }

    @Test
    void aNameIsAUniqueIdAsItIs() {
        String name = new UniqueNames(Clock.systemUTC()).next();
        assertThat(new MessageName(name + ",S=1,W=2:2,S").uniqueId()).isEqualTo(new UniqueId(name));
    }
}
