package org.vmail.pop3;

import java.io.IOException;
import java.io.InputStream;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.pop3.Maildrops.Opening.Opened;
import org.vmail.pop3.Replies.LineLimit;

/** The TRANSACTION state, and the UPDATE state that only QUIT leads to (RFC 1939, sections 5 and 6). */
final class Transaction {
    private static final Logger LOG = LoggerFactory.getLogger(Transaction.class);

    private final MailAddress account;
    private final Maildrop maildrop;
    private final Opened opened;
    private final Replies replies;
    private final Rendering rendering;
    private final Pop3Listener listener;
    private final List<StoredMessage> messages;
    private final BitSet deleted = new BitSet();
    private long octets;
    private int retrieved;
    private int removed;

    Transaction(Opened opened, Replies replies, Rendering rendering, Pop3Listener listener) {
        this.account = opened.account();
        this.maildrop = opened.maildrop();
        this.opened = opened;
        this.replies = replies;
        this.rendering = rendering;
        this.listener = listener;
        this.messages = maildrop.messages();
        this.octets = maildrop.octets();
    }

    /** How much there is, in words. */
    String contents() {
        return messagesLeft() + " (" + octets + " octets)";
    }

    void stat() throws IOException {
        replies.ok(count() + " " + octets);
    }

    void list(Command command) throws IOException {
        scan(command, contents(), (number, message) -> number + " " + message.octets());
    }

    void uidl(Command command) throws IOException {
        scan(command, "unique-ids follow", (number, message) -> number + " " + message.uniqueId());
    }

    void retr(Command command) throws IOException {
        List<String> arguments = command.arguments();
        OptionalInt index = arguments.size() == 1 ? index(arguments.get(0)) : OptionalInt.empty();
        if (index.isEmpty()) {
            noSuchMessage();
            return;
        }
        if (send(index.getAsInt(), LineLimit.none(), true)) {
            retrieved++;
        }
    }

    void top(Command command) throws IOException {
        List<String> arguments = command.arguments();
        OptionalInt lines = arguments.size() == 2 ? Command.number(arguments.get(1)) : OptionalInt.empty();
        if (lines.isEmpty()) {
            replies.err("TOP needs a message number and a number of lines");
            return;
        }
        OptionalInt index = index(arguments.get(0));
        if (index.isEmpty()) {
            noSuchMessage();
            return;
        }
        boolean ignored = send(index.getAsInt(), LineLimit.bodyLines(lines.getAsInt()), false);
    }

    void dele(Command command) throws IOException {
        List<String> arguments = command.arguments();
        OptionalInt index = arguments.size() == 1 ? index(arguments.get(0)) : OptionalInt.empty();
        if (index.isEmpty()) {
            noSuchMessage();
            return;
        }
        deleted.set(index.getAsInt());
        octets -= messages.get(index.getAsInt()).octets();
        replies.ok("message deleted");
    }

    void noop() throws IOException {
        replies.ok("nothing done");
    }

    void rset() throws IOException {
        deleted.clear();
        octets = maildrop.octets();
        replies.ok("maildrop has " + contents());
    }

    /** The UPDATE state. The lock is released before the reply, so that the client can come back at once. */
    void quit() throws IOException {
        Set<UniqueId> marked = deletedIds();
        boolean complete = marked.isEmpty() || remove(marked);
        opened.close();
        if (complete) {
            replies.ok("goodbye, " + (count() == 0 ? "maildrop empty" : messagesLeft() + " left"));
        } else {
            replies.temporaryErr("some deleted messages not removed");
        }
    }

    private boolean remove(Set<UniqueId> marked) {
        try {
            maildrop.remove(marked);
        } catch (IOException e) {
            LOG.error("Messages of {} could not be removed", account, e);
            listener.removalFailed(account, marked);
            return false;
        }
        removed = marked.size();
        listener.removed(account, marked);
        return true;
    }

    int size() {
        return messages.size();
    }

    int retrieved() {
        return retrieved;
    }

    int removed() {
        return removed;
    }

    private void scan(Command command, String what, ScanLine scanLine) throws IOException {
        List<String> arguments = command.arguments();
        if (!arguments.isEmpty()) {
            OptionalInt index = arguments.size() == 1 ? index(arguments.get(0)) : OptionalInt.empty();
            if (index.isEmpty()) {
                noSuchMessage();
            } else {
                replies.ok(scanLine.of(index.getAsInt() + 1, messages.get(index.getAsInt())));
            }
            return;
        }
        replies.beginMultiline(what);
        for (int i = deleted.nextClearBit(0); i < messages.size(); i = deleted.nextClearBit(i + 1)) {
            replies.line(scanLine.of(i + 1, messages.get(i)));
        }
        replies.endMultiline();
    }

    /** Sends a message or a part of it, and returns whether it could. */
    private boolean send(int index, LineLimit limit, boolean whole) throws IOException {
        StoredMessage message = messages.get(index);
        Optional<InputStream> content;
        try {
            content = maildrop.content(message);
        } catch (IOException e) {
            cannotRead(message, e);
            return false;
        }
        if (content.isEmpty()) {
            replies.err("the message was removed by somebody else");
            return false;
        }
        try (InputStream stored = content.get()) {
            return send(message, stored, limit, whole);
        }
    }

    private boolean send(StoredMessage message, InputStream stored, LineLimit limit, boolean whole) throws IOException {
        Optional<Rendering.Shown> rendered;
        try {
            rendered = rendering.of(stored);
        } catch (IOException e) {
            cannotRead(message, e);
            return false;
        }
        if (rendered.isEmpty()) {
            replies.err("[UTF8] the message needs UTF8");
            return false;
        }
        Rendering.Shown shown = rendered.get();
        replies.beginMultiline(message.octets() + shown.extraOctets() + " octets");
        long sent = replies.message(shown.content(), message.octets(), limit, rendering.endsHeaders());
        replies.endMultiline();
        listener.retrieved(account, message.uniqueId(), sent, whole);
        return true;
    }

    private void cannotRead(StoredMessage message, IOException cause) throws IOException {
        LOG.error("Message {} of {} cannot be read", message.uniqueId(), account, cause);
        replies.temporaryErr("the message cannot be read now");
    }

    private void noSuchMessage() throws IOException {
        replies.err("no such message");
    }

    private OptionalInt index(String number) {
        OptionalInt parsed = Command.number(number);
        if (parsed.isEmpty()
                || parsed.getAsInt() < 1
                || parsed.getAsInt() > messages.size()
                || deleted.get(parsed.getAsInt() - 1)) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(parsed.getAsInt() - 1);
    }

    private Set<UniqueId> deletedIds() {
        Set<UniqueId> ids = new HashSet<>();
        deleted.stream().forEach(index -> ids.add(messages.get(index).uniqueId()));
        return ids;
    }

    private int count() {
        return messages.size() - deleted.cardinality();
    }

    private String messagesLeft() {
        return count() == 1 ? "1 message" : count() + " messages";
    }

    private interface ScanLine {
        String of(int number, StoredMessage message);
    }
}
