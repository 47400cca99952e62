package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.memory.InMemoryStore;

/** The one line that an administrator gets for a session. */
class Pop3SessionLogTest {
    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(Pop3Session.class);

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        LOGGER.addAppender(log);
        LOGGER.setLevel(Level.INFO);
        LOGGER.setAdditive(false);
    }

    @AfterEach
    void stop() {
        LOGGER.setAdditive(true);
        LOGGER.setLevel(null);
        LOGGER.detachAppender(log);
    }

    @ParameterizedTest
    @ValueSource(strings = {"QUIT\r\n", ""})
    void itTellsWhatWasRetrievedHoweverTheSessionEnded(String end) throws IOException {
        converse("USER joe@a.example\r\nPASS secret\r\nRETR 1\r\nDELE 1\r\n" + end);

        assertThat(lines())
                .singleElement()
                .asString()
                .contains("account=joe@a.example", "messages=1 retrieved=1")
                .contains(end.isEmpty() ? "removed=0" : "removed=1");
    }

    @Test
    void itTellsThatNobodyLoggedIn() throws IOException {
        converse("USER joe@a.example\r\n");

        assertThat(lines()).singleElement().asString().contains("account=none", "messages=0", "in=20 out=");
    }

    /** Says everything, stops talking, and listens until the server has ended the session. */
    private static void converse(String commands) throws IOException {
        InMemoryStore mail = new InMemoryStore();
        try (Delivery delivery = mail.begin(MailAddress.of("joe@a.example"))) {
            delivery.message().write("Subject: 1\r\n\r\n".getBytes(US_ASCII));
            delivery.commit();
        }
        Directory users =
                Directory.inMemory().account("joe@a.example", "secret").build();
        try (Pop3Server server = Pop3Server.builder(users, mail)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .build()) {
            server.start();
            InetSocketAddress address = server.boundAddress();
            try (Socket client = new Socket(address.getAddress(), address.getPort())) {
                client.getOutputStream().write(commands.getBytes(US_ASCII));
                client.shutdownOutput();
                client.getInputStream().readAllBytes();
            }
        }
    }

    private List<String> lines() {
        return log.list.stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.startsWith("Session ended"))
                .toList();
    }
}
