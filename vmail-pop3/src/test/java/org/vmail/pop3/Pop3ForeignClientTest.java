package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.commons.net.pop3.POP3Client;
import org.apache.commons.net.pop3.POP3MessageInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.maildir.MaildirStore;

/** A client that others wrote, from login to removal, over a Maildir. */
class Pop3ForeignClientTest {
    private static final String FIRST = "Subject: first\r\n\r\n.dot\r\nbody\r\n";
    private static final String SECOND = "Subject: second\r\n\r\none\r\ntwo\r\n";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @TempDir
    private Path folder;

    @Test
    void commonsNetReadsAndRemovesMail() throws IOException {
        MaildirStore store = MaildirStore.under(folder);
        Pop3Fixture.deliver(store, FIRST, SECOND);
        Pop3Server server = pop3.start(store, builder -> builder);

        POP3Client client = connect(server);
        assertThat(client.login("joe@a.example", Pop3Fixture.WRONG_PASSWORD)).isFalse();
        assertThat(client.login("joe@a.example", Pop3Fixture.PASSWORD)).isTrue();
        assertThat(client.status().number).isEqualTo(2);
        assertThat(client.status().size).isEqualTo(FIRST.length() + SECOND.length());
        assertThat(client.listMessages())
                .extracting(message -> message.size)
                .containsExactly(FIRST.length(), SECOND.length());
        POP3MessageInfo[] ids = client.listUniqueIdentifiers();
        assertThat(client.listUniqueIdentifier(2).identifier).isEqualTo(ids[1].identifier);
        try (BufferedReader message = (BufferedReader) client.retrieveMessage(1)) {
            assertThat(message.lines()).containsExactly("Subject: first", "", ".dot", "body");
        }
        try (BufferedReader top = (BufferedReader) client.retrieveMessageTop(2, 1)) {
            assertThat(top.lines()).containsExactly("Subject: second", "", "one");
        }
        assertThat(client.noop()).isTrue();
        assertThat(client.deleteMessage(2)).isTrue();
        assertThat(client.reset()).isTrue();
        assertThat(client.deleteMessage(1)).isTrue();
        assertThat(client.logout()).isTrue();
        client.disconnect();

        POP3Client again = connect(server);
        assertThat(again.login("joe@a.example", Pop3Fixture.PASSWORD)).isTrue();
        assertThat(again.listUniqueIdentifiers())
                .extracting(message -> message.identifier)
                .containsExactly(ids[1].identifier);
        again.logout();
        again.disconnect();
    }

    private static POP3Client connect(Pop3Server server) throws IOException {
        POP3Client client = new POP3Client();
        client.connect(server.boundAddress().getAddress(), server.boundAddress().getPort());
        return client;
    }
}
