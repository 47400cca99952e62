package org.vmail.mailbox.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStoreContract;
import org.vmail.mailbox.OpenResult;

class InMemoryStoreTest extends MaildropStoreContract<InMemoryStore> {
    @Override
    protected InMemoryStore newStore() {
        return new InMemoryStore();
    }

    @Test
    void aMessageBeyondTheBoundIsRefusedAndLeavesNothing() throws IOException {
        InMemoryStore small = new InMemoryStore(100);
        try (Delivery delivery = small.begin(JOE)) {
            delivery.message().write(new byte[60]);
            assertThatIOException().isThrownBy(() -> delivery.message().write(new byte[41]));
        }
        deliver(small, 100);
    }

    @Test
    void theBoundIsForAllMailboxesAndDeliveriesTogether() throws IOException {
        InMemoryStore small = new InMemoryStore(100);
        deliver(small, 40);
        try (Delivery begun = small.begin(OTHER_JOE)) {
            begun.message().write(new byte[40]);
            assertThatIOException().isThrownBy(() -> deliver(small, 21));
            deliver(small, 20);
            begun.commit();
        }
        assertThatIOException().isThrownBy(() -> deliver(small, 1));
    }

    @Test
    void theCarriageReturnsThatAreAddedCount() throws IOException {
        InMemoryStore small = new InMemoryStore(100);
        try (Delivery delivery = small.begin(JOE)) {
            delivery.message().write("\n".repeat(51).getBytes(US_ASCII));
            assertThatIOException().isThrownBy(delivery::commit);
        }
        deliver(small, 100);
    }

    @Test
    void whatIsRemovedMakesRoom() throws IOException {
        InMemoryStore small = new InMemoryStore(100);
        deliver(small, 100);
        try (Maildrop maildrop = ((OpenResult.Opened) small.open(JOE)).maildrop()) {
            var id = maildrop.messages().get(0).uniqueId();
            maildrop.remove(Set.of(id));
            maildrop.remove(Set.of(id));
        }
        deliver(small, 100);
        assertThatIOException().isThrownBy(() -> deliver(small, 1));
    }

    @Test
    void aMessageThatCouldNotBeWrittenWholeIsNotCommitted() throws IOException {
        InMemoryStore small = new InMemoryStore(100);
        try (Delivery delivery = small.begin(JOE)) {
            delivery.message().write(new byte[10]);
            assertThatIOException().isThrownBy(() -> delivery.message().write(new byte[100]));
            assertThatIOException().isThrownBy(delivery::commit);
        }
        try (Maildrop maildrop = ((OpenResult.Opened) small.open(JOE)).maildrop()) {
            assertThat(maildrop.messages()).isEmpty();
        }
    }

    @Test
    void uniqueIdsDifferFromThoseOfAnotherStore() throws IOException {
        deliver(JOE, "one\n");
        assertThat(messages(JOE).get(0).uniqueId().value())
                .as("a series of the store's own begins every unique-id")
                .matches("[0-9a-z]+-1");
    }

    private static void deliver(InMemoryStore store, int octets) throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write(new byte[octets]);
            delivery.commit();
        }
    }
}
