package org.vmail.mailbox.mbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmail.mailbox.mbox.Mbox.FROM;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.UniqueId;

/** RFC 1939, section 7: a unique-id stays, and is never another message's, whatever other programs do to the file. */
class MboxUniqueIdTest {
    private static final String SAME = FROM + "Subject: same\n\nsame\n\n";

    @TempDir
    Path root;

    private Mbox mbox;

    @BeforeEach
    void makeMbox() throws IOException {
        mbox = new Mbox(root);
    }

    @Test
    void fieldsThatOtherProgramsAddChangeNothing() throws IOException {
        mbox.write(FROM + "Subject: one\n\nBody\n\n" + FROM + "Subject: two\n\nBody\n");
        List<UniqueId> before = mbox.ids();
        mbox.write(FROM + "Subject: one\nX-IMAPbase: 1 2\nX-UID: 1\nStatus: O\nContent-Length: 5\nLines: 1\n\nBody\n\n"
                + FROM + "Status: RO\nX-Status: F\nSubject: two\nX-Keywords: a b\n c\nX-UIDL: x\n\nBody\n\n");
        assertThat(mbox.ids()).isEqualTo(before);
    }

    @Test
    void otherLineEndsChangeNothing() throws IOException {
        mbox.write(SAME);
        List<UniqueId> before = mbox.ids();
        mbox.write(SAME.replace("\n", "\r\n"));
        assertThat(mbox.ids()).isEqualTo(before);
    }

    @Test
    void whatIsAppendedAfterAnUnfinishedMessageChangesNothing() throws IOException {
        mbox.write(FROM + "\nBody");
        List<UniqueId> before = mbox.ids();
        mbox.append("\n\n\n" + SAME);
        assertThat(mbox.ids()).startsWith(before.get(0)).hasSize(2);
    }

    @Test
    void equalMessagesOfOtherProgramsHaveTheirOwn() throws IOException {
        mbox.write(SAME + SAME + SAME);
        List<UniqueId> before = mbox.ids();
        assertThat(before).doesNotHaveDuplicates().hasSize(3);
        mbox.remove(1);
        assertThat(mbox.ids()).containsExactly(before.get(0), before.get(2));
        mbox.append(SAME);
        List<UniqueId> after = mbox.ids();
        assertThat(after).startsWith(before.get(0), before.get(2)).hasSize(3);
        assertThat(after.get(2)).isNotIn(before);
    }

    @Test
    void theFirstOfTwoEqualMessagesDoesNotLeaveItsIdToTheSecond() throws IOException {
        mbox.write(SAME + SAME);
        UniqueId second = mbox.ids().get(1);
        mbox.remove(0);
        assertThat(mbox.ids()).containsExactly(second);
        assertThat(new Mbox(root).ids()).as("another process").containsExactly(second);
    }

    @Test
    void theIdOfAMessageOfAnotherProgramIsNotUsedAgain() throws IOException {
        Set<UniqueId> seen = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            mbox.append(SAME);
            assertThat(seen).doesNotContain(mbox.ids().get(0));
            seen.addAll(mbox.ids());
            mbox.remove(0);
        }
        assertThat(seen).hasSize(5);
    }

    @Test
    void anotherProgramThatRemovesOneOfTwoEqualMessagesLeavesOneOfTheirIds() throws IOException {
        mbox.write(SAME + SAME);
        List<UniqueId> before = mbox.ids();
        mbox.write(SAME);
        assertThat(mbox.ids()).containsExactly(before.get(0));
    }

    @Test
    void messagesThatVmailDeliveredKeepTheirsWhicheverIsRemovedByWhom() throws IOException {
        mbox.deliver("same\n");
        mbox.deliver("same\n");
        List<UniqueId> before = mbox.ids();
        mbox.write(mbox.text().substring(mbox.text().lastIndexOf("From ")));
        assertThat(mbox.ids()).containsExactly(before.get(1));
    }

    @Test
    void withoutWhatIsRememberedBesideTheMboxOnlyEqualMessagesSuffer() throws IOException {
        mbox.write(SAME + SAME + FROM + "\nother\n\n");
        mbox.deliver("ours\n");
        mbox.remove(0);
        List<UniqueId> before = mbox.ids();
        Path numbers = root.resolve("a.example/.joe.numbers");
        Files.writeString(numbers, "damaged");
        List<UniqueId> after = new Mbox(root).ids();
        assertThat(after.subList(1, 3)).isEqualTo(before.subList(1, 3));
    }

    @Test
    void whatIsRememberedOfRemovedMessagesIsBounded() throws IOException {
        StringBuilder many = new StringBuilder();
        int[] all = new int[1500];
        for (int i = 0; i < all.length; i++) {
            many.append(FROM).append("\nnumber ").append(i).append("\n\n");
            all[i] = i;
        }
        mbox.write(many.toString());
        mbox.remove(all);
        assertThat(Files.readAllLines(root.resolve("a.example/.joe.numbers"))).hasSize(1001);
    }
}
