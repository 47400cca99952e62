package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How one message looks to different clients (RFC 6856; Dovecot's pop3_client_workarounds). */
class Pop3RenderingTest {
    /** Each char is an octet: the subject is "é" in UTF-8. */
    private static final String UTF8_MESSAGE = "Subject: \u00c3\u00a9\r\n\r\nbody \u00c3\u00a9\r\n";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @ParameterizedTest
    @ValueSource(strings = {"RETR 1", "TOP 1 9"})
    void theSizeInTheReplyIsThatOfTheSurrogate(String command) throws IOException {
        Pop3Client client = logIn(Pop3Fixture.OPTIONS, UTF8_MESSAGE);
        client.raw().sendLine(command);
        String status = client.status();
        String message = rest(client);

        assertThat(message).matches("(?s)Subject: =\\?(?i:utf-8)\\?.*").endsWith("\r\n\r\nbody \u00c3\u00a9\r\n");
        assertThat(status).isEqualTo("+OK " + message.length() + " octets");
    }

    @Test
    void whoSaysUtf8GetsTheMessageItself() throws IOException {
        Pop3Fixture.deliver(pop3.store, UTF8_MESSAGE);
        Pop3Client client = pop3.connect(start(Pop3Fixture.OPTIONS.withInternationalized(Internationalized.REFUSE)));
        assertThat(client.ask("UTF8")).startsWith("+OK");
        client.logIn("joe@a.example", Pop3Fixture.PASSWORD);

        assertThat(client.message("RETR 1")).isEqualTo(UTF8_MESSAGE);
    }

    @Test
    void asItIsNothingChanges() throws IOException {
        Pop3Client client = logIn(Pop3Fixture.OPTIONS.withInternationalized(Internationalized.AS_IS), UTF8_MESSAGE);

        assertThat(client.ask("LIST 1")).isEqualTo("+OK 1 " + UTF8_MESSAGE.length());
        assertThat(client.message("RETR 1")).isEqualTo(UTF8_MESSAGE);
    }

    @ParameterizedTest // RFC 6856, section 4
    @ValueSource(strings = {"RETR 1", "TOP 1 0"})
    void aRefusedMessageIsRefusedAloneAndStaysDeletable(String command) throws IOException {
        Pop3Client client = logIn(
                Pop3Fixture.OPTIONS.withInternationalized(Internationalized.REFUSE),
                UTF8_MESSAGE,
                "Subject: plain\r\n\r\nbody \u00c3\u00a9\r\n");

        assertThat(client.ask(command)).startsWith("-ERR [UTF8]");
        assertThat(client.message("RETR 2")).startsWith("Subject: plain");
        assertThat(client.lines("LIST")).hasSize(2);
        assertThat(client.ask("DELE 1")).startsWith("+OK");
    }

    @Test
    void nulsAreReplacedIfAskedFor() throws IOException {
        String message = "Subject: x\0y\r\n\r\n\0\0end\r\n";
        Pop3Options asIs = Pop3Fixture.OPTIONS.withInternationalized(Internationalized.AS_IS);
        Pop3Fixture.deliver(pop3.store, message);

        Pop3Client faithful = pop3.logIn(start(asIs));
        assertThat(faithful.message("RETR 1")).isEqualTo(message);
        faithful.ask("QUIT");
        for (Internationalized way : Internationalized.values()) {
            Pop3Client outlook = pop3.logIn(start(Pop3Fixture.OPTIONS
                    .withInternationalized(way)
                    .withWorkarounds(Set.of(Workaround.OUTLOOK_NO_NULS))));
            assertThat(outlook.message("RETR 1")).as(way.name()).isEqualTo(message.replace('\0', '\u0080'));
            assertThat(outlook.ask("QUIT")).startsWith("+OK");
        }
    }

    @ParameterizedTest
    @CsvSource({"RETR 1", "TOP 1 0", "TOP 1 5"})
    void aHeaderWithoutAnEndGetsOneIfAskedFor(String command) throws IOException {
        String header = "Subject: x\r\nX-Last: y\r\n";
        Pop3Client netscape = logIn(Pop3Fixture.OPTIONS.withWorkarounds(Set.of(Workaround.OE_NS_EOH)), header);
        netscape.raw().sendLine(command);
        assertThat(netscape.status()).startsWith("+OK");
        assertThat(rest(netscape)).isEqualTo(header + "\r\n");
        netscape.ask("QUIT");
        assertThat(pop3.logIn(start(Pop3Fixture.OPTIONS)).message(command)).isEqualTo(header);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RETR 1", "TOP 1 0"})
    void aHeaderWithAnEndGetsNoSecondOne(String command) throws IOException {
        Pop3Client netscape =
                logIn(Pop3Fixture.OPTIONS.withWorkarounds(Set.of(Workaround.OE_NS_EOH)), "Subject: x\r\n\r\n");

        assertThat(netscape.lines(command)).isEqualTo(List.of("Subject: x", ""));
    }

    private static String rest(Pop3Client client) throws IOException {
        StringBuilder message = new StringBuilder();
        for (String line = client.raw().readLine();
                !line.equals(".");
                line = client.raw().readLine()) {
            message.append(line).append("\r\n");
        }
        return message.toString();
    }

    private Pop3Client logIn(Pop3Options options, String... messages) throws IOException {
        Pop3Fixture.deliver(pop3.store, messages);
        return pop3.logIn(start(options));
    }

    private Pop3Server start(Pop3Options options) throws IOException {
        return pop3.start(builder -> builder.options(options));
    }
}
