package org.vmail.mailbox.maildir;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.maildir.MaildirListing.Located;

/** The compact form gives back what went in. */
class MaildirSnapshotTest {
    private static final MaildirFolder MAILBOX = new MaildirFolder(Path.of("/mail/a.example/joe"));

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void namesAndPlacesAreGivenBack(long seed) {
        Random random = new Random(seed);
        List<StoredMessage> messages = new ArrayList<>();
        List<Located> files = new ArrayList<>();
        Set<UniqueId> ids = new HashSet<>();
        int size = random.nextInt(random.nextBoolean() ? 4 : 3000);
        while (files.size() < size) {
            Located file = anyFile(random);
            UniqueId id = random.nextInt(5) == 0
                    ? new UniqueId("imported" + files.size())
                    : file.name().uniqueId();
            if (ids.add(id)) {
                messages.add(new StoredMessage(id, random.nextInt(1000)));
                files.add(file);
            }
        }
        MaildirSnapshot snapshot = MaildirSnapshot.of(messages, files);

        assertThat(snapshot.messages()).as("seed %s", seed).isEqualTo(messages);
        List<Located> given = new ArrayList<>();
        for (boolean inCur : new boolean[] {false, true}) {
            snapshot.names(inCur, (name, odd) -> given.add(new Located(new MessageName(name), inCur, odd)));
        }
        assertThat(given.stream().map(file -> file.in(MAILBOX)))
                .as("seed %s", seed)
                .containsExactlyInAnyOrderElementsOf(
                        files.stream().map(file -> file.in(MAILBOX)).toList());
        for (int i = 0; i < size; i++) {
            assertThat(snapshot.indexOf(messages.get(i).uniqueId()))
                    .as("seed %s", seed)
                    .isEqualTo(i);
            assertThat(snapshot.file(MAILBOX, i))
                    .as("seed %s", seed)
                    .isEqualTo(files.get(i).in(MAILBOX));
        }
        assertThat(snapshot.indexOf(new UniqueId("nobody"))).isEqualTo(-1);
        assertThat(snapshot.octets()).isGreaterThan(40L * size);
        assertThat(snapshot.sizeOfAll())
                .isEqualTo(messages.stream().mapToLong(StoredMessage::octets).sum());
    }

    private static Located anyFile(Random random) {
        String[] parts = {"1700000000.", "M123P", "Q7", "host", ",S=1", ",W=2", ":2,S", " ", "a", "-", "\u0001"};
        StringBuilder name = new StringBuilder().append(random.nextInt(100_000));
        for (int i = random.nextInt(12); i > 0; i--) {
            name.append(parts[random.nextInt(parts.length)]);
        }
        boolean inCur = random.nextBoolean();
        Path folder = inCur ? MAILBOX.cur() : MAILBOX.fresh();
        Path odd = random.nextInt(6) == 0 ? folder.resolve(name + "odd") : null;
        return new Located(new MessageName(odd == null ? name.toString() : name + "odd"), inCur, odd);
    }
}
