package org.vmail.examples.bench;

import java.io.IOException;
import java.util.List;

/**
 * Fetches everything, and compares it octet for octet.
 *
 * @param depth how many commands are under way
 */
record RetrievalSession(Mailboxes mailboxes, Connector connector, int depth) implements Load.Session {
    private static final double MEGABYTE = 1e6;

    /** Returns how many megabytes of messages came. */
    @Override
    public double run(Server server, int client, int turn) throws IOException {
        String user = mailboxes.user(client, turn);
        StoredMail.Contents contents = mailboxes.contents(user);
        List<StoredMail.Message> messages = contents.messages();
        try (Pop3Client pop3 = connector.connect(server, client)) {
            pop3.login(Site.login(user), Site.PASSWORD);
            int sent = 0;
            for (int read = 0; read < messages.size(); read++) {
                StringBuilder commands = new StringBuilder();
                while (sent < Math.min(messages.size(), read + depth)) {
                    sent++;
                    commands.append(commands.isEmpty() ? "" : "\r\n")
                            .append("RETR ")
                            .append(sent);
                }
                if (!commands.isEmpty()) {
                    pop3.send(commands.toString());
                }
                pop3.message(messages.get(read));
            }
            pop3.quit();
        }
        return contents.octets() / MEGABYTE;
    }
}
