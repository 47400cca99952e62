package org.vmail.examples.bench;

import java.io.IOException;

/** What a mail client does every few minutes: it looks whether there is anything new. */
record PollSession(Mailboxes mailboxes, Connector connector) implements Load.Session {
    @Override
    public double run(Server server, int client, int turn) throws IOException {
        String user = mailboxes.user(client, turn);
        try (Pop3Client pop3 = connector.connect(server, client)) {
            int ignored = pop3.listing("CAPA");
            pop3.login(Site.login(user), Site.PASSWORD);
            check(
                    pop3,
                    mailboxes.contents(user).messages().size(),
                    mailboxes.contents(user).octets());
            pop3.quit();
        }
        return 1;
    }

    /** Looks at everything that there is, and compares. */
    static void check(Pop3Client pop3, int messages, long octets) throws IOException {
        String stat = pop3.command("STAT");
        int ids = pop3.listing("UIDL");
        if (!stat.equals("+OK " + messages + " " + octets) || ids != messages) {
            throw new IOException("Expected " + messages + " messages of " + octets + " octets, not \"" + stat
                    + "\" and " + ids + " unique-ids");
        }
    }
}
