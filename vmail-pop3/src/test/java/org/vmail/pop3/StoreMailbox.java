package org.vmail.pop3;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.pop3.conformance.MailboxFixture;

/** Joe's mailbox in a store that is replaced by a fresh one at every reset, so that nothing of an earlier session is left. */
final class StoreMailbox implements MailboxFixture, MaildropStore {
    /** Makes a store, empty and of its own. */
    interface Maker<S extends MaildropStore & DeliveryTarget> {
        S make() throws IOException;
    }

    static final String TOKEN = "ya29.a-token_of/joe+1~==";

    private record Store(MaildropStore maildrops, DeliveryTarget deliveries) {}

    private interface Stores {
        Store next() throws IOException;
    }

    private final Stores stores;
    private volatile Store current;

    private StoreMailbox(Stores stores) throws IOException {
        this.stores = stores;
        this.current = stores.next();
    }

    static <S extends MaildropStore & DeliveryTarget> StoreMailbox in(Maker<S> maker) throws IOException {
        return new StoreMailbox(() -> {
            S store = maker.make();
            return new Store(store, store);
        });
    }

    @Override
    public String user() {
        return Pop3Fixture.JOE.toString();
    }

    @Override
    public String password() {
        return Pop3Fixture.PASSWORD;
    }

    @Override
    public Optional<String> token() {
        return Optional.of(TOKEN);
    }

    @Override
    public void reset(List<byte[]> messages) throws IOException {
        current = stores.next();
        for (byte[] message : messages) {
            deliver(message);
        }
    }

    @Override
    public boolean canDeliver() {
        return true;
    }

    @Override
    public void deliver(byte[] message) throws IOException {
        try (Delivery delivery = current.deliveries().begin(Pop3Fixture.JOE)) {
            try (OutputStream out = delivery.message()) {
                out.write(message);
            }
            delivery.commit();
        }
    }

    @Override
    public OpenResult open(MailAddress account) throws IOException {
        return current.maildrops().open(account);
    }
}
