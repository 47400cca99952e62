package org.vmail.mailbox.maildir;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.maildir.MaildirListing.FolderState;
import org.vmail.mailbox.maildir.MaildirListing.Located;

/** Memory is bounded, whoever opens what. */
class KnownMaildropsTest {
    private static final long MEMORY = 1 << 20;

    private final KnownMaildrops all = new KnownMaildrops(MEMORY);

    @Test
    void whatWasNotUsedForTheLongestTimeGoesFirst() {
        KnownMaildrop known = maildrop(100);
        int fit = (int) (MEMORY / known.octets());
        for (int i = 0; i < fit; i++) {
            all.put(Path.of("small" + i), known);
        }
        assertThat(all.find(Path.of("small0"))).isPresent();
        all.put(Path.of("one more"), known);
        assertThat(all.find(Path.of("small0"))).as("used").isPresent();
        assertThat(all.find(Path.of("small1"))).isEmpty();
        assertThat(all.find(Path.of("small2"))).isPresent();
        assertThat(all.find(Path.of("one more"))).isPresent();
    }

    @Test
    void largeOnesMakeRoomAmongThemselves() {
        KnownMaildrop small = maildrop(10);
        KnownMaildrop large = maildrop(3000);
        assertThat(large.octets()).isBetween(MEMORY / 8, MEMORY / 4);
        for (int i = 0; i < 50; i++) {
            all.put(Path.of("small" + i), small);
        }
        for (int i = 0; i < 20; i++) {
            all.put(Path.of("large" + i), large);
        }
        for (int i = 0; i < 50; i++) {
            assertThat(all.find(Path.of("small" + i))).isPresent();
        }
        assertThat(all.find(Path.of("large19"))).isPresent();
        assertThat(all.find(Path.of("large18"))).isPresent();
        assertThat(all.find(Path.of("large0"))).isEmpty();
    }

    @Test
    void oneThatTakesMoreThanHalfIsNotKeptAndDropsNothingElse() {
        all.put(Path.of("small"), maildrop(10));
        all.put(Path.of("grows"), maildrop(10));
        all.put(Path.of("grows"), maildrop(12_000));
        assertThat(all.find(Path.of("grows")))
                .as("nor is what was known before it grew")
                .isEmpty();
        assertThat(all.find(Path.of("small"))).isPresent();
    }

    @Test
    void theBoundHolds() {
        for (long seed = 1; seed <= 5; seed++) {
            Random random = new Random(seed);
            KnownMaildrops bounded = new KnownMaildrops(MEMORY);
            long replaced = 0;
            for (int i = 0; i < 2000; i++) {
                KnownMaildrop known = maildrop(random.nextInt(random.nextInt(10) == 0 ? 4000 : 40));
                Path mailbox = Path.of("mailbox" + random.nextInt(300));
                replaced += bounded.find(mailbox).isPresent() ? 1 : 0;
                bounded.put(mailbox, known);
                assertThat(bounded.octets()).as("seed %s", seed).isBetween(0L, MEMORY);
            }
            assertThat(replaced).as("seed %s", seed).isPositive();
        }
    }

    private static KnownMaildrop maildrop(int size) {
        List<StoredMessage> messages = new ArrayList<>();
        List<Located> files = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            MessageName name = new MessageName("1700000000.M" + i + "P1.host,S=1,W=1");
            messages.add(new StoredMessage(name.uniqueId(), 1));
            files.add(new Located(name, false, null));
        }
        FolderStamp stamp = new FolderStamp(1, FileTime.fromMillis(0));
        FolderState state = new FolderState(stamp, true);
        return new KnownMaildrop(
                MaildirSnapshot.of(messages, files), UniqueIdTable.NONE, state, state, state, true, Instant.EPOCH);
    }
}
