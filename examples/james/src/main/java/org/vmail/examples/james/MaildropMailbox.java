package org.vmail.examples.james;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.james.protocols.pop3.mailbox.Mailbox;
import org.apache.james.protocols.pop3.mailbox.MessageMetaData;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** A maildrop as James's POP3 commands want it. */
final class MaildropMailbox implements Mailbox {
    private final MailAddress account;
    private final Maildrop maildrop;
    private final Map<String, StoredMessage> messages = new LinkedHashMap<>();

    MaildropMailbox(MailAddress account, Maildrop maildrop) {
        this.account = account;
        this.maildrop = maildrop;
        maildrop.messages().forEach(message -> messages.put(message.uniqueId().value(), message));
    }

    @Override
    public List<MessageMetaData> getMessages() {
        return messages.values().stream()
                .map(message -> new MessageMetaData(message.uniqueId().value(), message.octets()))
                .toList();
    }

    @Override
    public InputStream getMessage(String uid) throws IOException {
        StoredMessage message = messages.get(uid);
        if (message == null) {
            throw new IOException("There is no message " + uid);
        }
        return maildrop.content(message).orElseThrow(() -> new IOException("The message " + uid + " is gone"));
    }

    @Override
    public void remove(String... uids) throws IOException {
        maildrop.remove(Stream.of(uids).map(UniqueId::new).collect(Collectors.toSet()));
    }

    /** James takes it as a part of unique-ids where these are no more than numbers. */
    @Override
    public String getIdentifier() {
        return account.toString();
    }

    @Override
    public void close() throws IOException {
        maildrop.close();
    }
}
