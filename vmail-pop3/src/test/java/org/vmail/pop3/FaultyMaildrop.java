package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** A maildrop of one message that works; tests override what is to fail. */
class FaultyMaildrop implements Maildrop {
    static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n";

    private int closed;

    MaildropStore asStore() {
        return account -> new OpenResult.Opened(this);
    }

    int closed() {
        return closed;
    }

    @Override
    public List<StoredMessage> messages() {
        return List.of(new StoredMessage(new UniqueId("only"), MESSAGE.length()));
    }

    @Override
    public Optional<InputStream> content(StoredMessage message) throws IOException {
        return Optional.of(new ByteArrayInputStream(MESSAGE.getBytes(ISO_8859_1)));
    }

    @Override
    public void remove(Set<UniqueId> messages) throws IOException {}

    @Override
    public void close() {
        closed++;
    }
}
