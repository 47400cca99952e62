package org.vmail.examples.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The mailboxes of all users, shared out among the clients so that no two clients are the same user at the same time. */
final class Mailboxes {
    private final List<String> users;
    private final int messages;
    private final int meanOctets;
    private final int clients;
    private final Map<String, StoredMail.Contents> contents = new HashMap<>();

    Mailboxes(List<String> users, int messages, int meanOctets, int clients) {
        if (users.size() < clients) {
            throw new IllegalArgumentException("Each client needs a user of its own");
        }
        this.users = users;
        this.messages = messages;
        this.meanOctets = meanOctets;
        this.clients = clients;
    }

    /** Writes them all, the same each time. */
    void write(Path mail) throws IOException {
        for (int i = 0; i < users.size(); i++) {
            String user = users.get(i);
            contents.put(user, StoredMail.write(mail.resolve(user), i, messages, meanOctets));
        }
    }

    /** Who a client is in its next session. */
    String user(int client, int turn) {
        return users.get(client + turn % (users.size() / clients) * clients);
    }

    StoredMail.Contents contents(String user) {
        StoredMail.Contents known = contents.get(user);
        if (known == null) {
            throw new IllegalStateException("There is no mailbox of " + user);
        }
        return known;
    }
}
