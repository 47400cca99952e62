package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which command is allowed when (RFC 1939, sections 4 to 7; RFC 2449, section 5). */
class Pop3StatesTest {
    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @ParameterizedTest
    @CsvSource({
        "CAPA,                true,  true",
        "USER joe@a.example,  true,  false",
        "PASS x,              false, false",
        "QUIT,                true,  true",
        "STAT,                false, true",
        "LIST,                false, true",
        "LIST 1,              false, true",
        "UIDL,                false, true",
        "UIDL 1,              false, true",
        "RETR 1,              false, true",
        "TOP 1 0,             false, true",
        "DELE 1,              false, true",
        "NOOP,                false, true",
        "RSET,                false, true",
        "APOP joe 0123456789abcdef0123456789abcdef, false, false",
        "AUTH,                true,  false",
        "AUTH PLAIN,          true,  false",
        "STLS,                false, false",
        "UTF8,                true,  false",
        "LANG,                true,  true",
        "LANG en,             true,  true",
        "LANG xx,             false, false",
        "LAST,                false, false",
        "STA,                 false, false",
        "STATS,               false, false",
        "' STAT',             false, false",
        "'STAT\tx',           false, false",
        "'',                  false, false",
        "' ',                 false, false",
    })
    void aCommandIsAllowedInItsStatesOnly(String command, boolean beforeLogin, boolean afterLogin) throws IOException {
        Pop3Fixture.deliver(pop3.store, "Subject: x\r\n\r\nx\r\n");
        Pop3Server server = pop3.start();
        for (String spelling : List.of(command, command.toLowerCase(Locale.ROOT), alternatingCase(command))) {
            try (Pop3Client before = pop3.connect(server)) {
                before.raw().sendLine(spelling);
                assertThat(before.raw().readLine()).startsWith(beforeLogin ? "+" : "-ERR");
            }
            try (Pop3Client after = pop3.logIn(server)) {
                assertThat(after.ask(spelling)).startsWith(afterLogin ? "+OK" : "-ERR");
                after.raw().send("RSET\r\nQUIT\r\n");
                after.raw().readToEnd();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"STAT 1", "NOOP x", "RSET 1", "QUIT now", "CAPA x"})
    void anArgumentTooManyIsAnError(String command) throws IOException {
        Pop3Client client = pop3.logInWith("x\r\n");

        assertThat(client.ask(command))
                .as("RFC 1939, section 3: a syntactically invalid command gets a negative status indicator")
                .startsWith("-ERR");
        assertThat(client.ask("STAT")).as("the session goes on").isEqualTo("+OK 1 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"STAT ", "LIST  ", "LIST 1 ", "RETR  1", "TOP 1  0 ", "NOOP "})
    void spacesTooManyAreForgiven(String command) throws IOException {
        assertThat(pop3.logInWith("x\r\n").ask(command)).startsWith("+OK");
    }

    @Test
    void capabilitiesAreTheSameInBothStates() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        String[] expected = {
            "TOP",
            "UIDL",
            "PIPELINING",
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "USER",
            "SASL PLAIN LOGIN",
            "UTF8 USER",
            "LANG",
            "IMPLEMENTATION vmail"
        };

        assertThat(client.lines("CAPA")).as("RFC 2449, section 5").containsExactly(expected);
        client.logIn("joe@a.example", Pop3Fixture.PASSWORD);
        assertThat(client.lines("CAPA")).as("RFC 2449, section 5").containsExactly(expected);
    }

    @Test
    void quitBeforeLoginEntersNoUpdate() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());

        assertThat(client.ask("QUIT")).as("RFC 1939, section 4").startsWith("+OK");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void nothingBehindQuitIsAnswered() throws IOException {
        Pop3Client client = pop3.logInWith("x\r\n");
        client.raw().send("QUIT\r\nNOOP\r\nDELE 1\r\n");

        assertThat(client.raw().readToEnd())
                .as("one reply")
                .startsWith("+OK")
                .matches(text -> text.indexOf("\r\n") == text.length() - 2);
        assertThat(pop3.count()).isEqualTo(1);
    }

    @Test
    void linesMayEndInLineFeedAlone() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());
        client.raw().send("USER joe@a.example\nPASS " + Pop3Fixture.PASSWORD + "\nSTAT\n");

        assertThat(client.status()).startsWith("+OK");
        assertThat(client.status()).startsWith("+OK");
        assertThat(client.status()).isEqualTo("+OK 0 0");
    }

    private static String alternatingCase(String text) {
        StringBuilder result = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            result.append(i % 2 == 0 ? Character.toLowerCase(c) : Character.toUpperCase(c));
        }
        return result.toString();
    }
}
