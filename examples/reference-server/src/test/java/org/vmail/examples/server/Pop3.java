package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.net.pop3.POP3Client;
import org.apache.commons.net.pop3.POP3MessageInfo;

/** The session of a mail client, with Apache's implementation of one. */
final class Pop3 implements AutoCloseable {
    private static final int LIMIT_MILLIS = 30_000;

    private final POP3Client client = new POP3Client();

    Pop3(InetSocketAddress server) throws IOException {
        client.setDefaultTimeout(LIMIT_MILLIS);
        client.connect(server.getAddress(), server.getPort());
    }

    static Pop3 login(InetSocketAddress server, String login, String password) throws IOException {
        Pop3 session = new Pop3(server);
        assertThat(session.tryLogin(login, password))
                .as("%s logs in: %s", login, session.reply())
                .isTrue();
        return session;
    }

    /** Fetches all messages and leaves them. */
    static List<String> fetch(InetSocketAddress server, String login, String password) throws IOException {
        try (Pop3 session = login(server, login, password)) {
            List<String> messages = session.retrieveAll();
            session.quit();
            return messages;
        }
    }

    boolean tryLogin(String login, String password) throws IOException {
        return client.login(login, password);
    }

    /** The last reply of the server. */
    String reply() {
        return client.getReplyString();
    }

    List<Integer> sizes() throws IOException {
        return Stream.of(client.listMessages()).map(message -> message.size).toList();
    }

    List<String> uniqueIds() throws IOException {
        return Stream.of(client.listUniqueIdentifiers())
                .map(message -> message.identifier)
                .toList();
    }

    List<String> retrieveAll() throws IOException {
        List<String> messages = new ArrayList<>();
        for (POP3MessageInfo message : client.listMessages()) {
            messages.add(retrieve(message.number));
        }
        return messages;
    }

    String retrieve(int number) throws IOException {
        StringWriter message = new StringWriter();
        try (Reader reader = client.retrieveMessage(number)) {
            assertThat(reader).as(reply()).isNotNull();
            reader.transferTo(message);
        }
        return message.toString();
    }

    void delete(int number) throws IOException {
        assertThat(client.deleteMessage(number)).as(reply()).isTrue();
    }

    int send(String line) throws IOException {
        return client.sendCommand(line);
    }

    void quit() throws IOException {
        assertThat(client.logout()).as(reply()).isTrue();
    }

    @Override
    public void close() throws IOException {
        client.disconnect();
    }
}
