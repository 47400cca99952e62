package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers, sizes, marks (RFC 1939, sections 5 and 7). */
class Pop3TransactionTest {
    private static final String THREE = "abc\r\n"; // 5 octets
    private static final String FOUR = "abcd\r\n"; // 6 octets
    private static final String DOTS = ".\r\n..\r\n"; // 7 octets

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @Test
    void statCountsMessagesAndOctets() throws IOException {
        Pop3Client client = pop3.logInWith(THREE, FOUR, DOTS);

        assertThat(client.ask("STAT"))
                .as("RFC 1939, section 5, STAT: +OK, one space, count, one space, size")
                .isEqualTo("+OK 3 18");
    }

    @Test
    void sizesCountLineEndsTwiceAndStuffedDotsNever() throws IOException {
        Pop3Client client = pop3.logInWith("a\nb\n", "a\r\nb\r\n", DOTS, "no end", "");

        assertThat(client.lines("LIST")).as("RFC 1939, section 11").containsExactly("1 6", "2 6", "3 7", "4 6", "5 0");
        assertThat(client.ask("STAT")).isEqualTo("+OK 5 25");
    }

    @Test
    void anEmptyMaildropHasEmptyListings() throws IOException {
        Pop3Client client = pop3.logInWith();

        assertThat(client.ask("STAT")).isEqualTo("+OK 0 0");
        assertThat(client.lines("LIST"))
                .as("RFC 1939, section 5, LIST: no messages in the maildrop")
                .isEmpty();
        assertThat(client.lines("UIDL")).isEmpty();
        assertThat(client.ask("LIST 1")).startsWith("-ERR");
    }

    @Test
    void listOfOneMessageIsOneLine() throws IOException {
        Pop3Client client = pop3.logInWith(THREE, FOUR);

        assertThat(client.ask("LIST 2")).as("RFC 1939, section 5, LIST").isEqualTo("+OK 2 6");
        assertThat(client.ask("NOOP")).as("nothing followed").startsWith("+OK");
    }

    @Test
    void uidlOfOneMessageIsItsLineOfTheListing() throws IOException {
        Pop3Client client = pop3.logInWith(THREE, FOUR);
        List<String> listing = client.lines("UIDL");

        assertThat(listing).as("RFC 1939, section 7, UIDL").allMatch(line -> line.matches("[1-9] [!-~]{1,70}"));
        assertThat(client.ask("UIDL 2")).isEqualTo("+OK " + listing.get(1));
    }

    @Test
    void uniqueIdsStayAndAreNotReused() throws IOException {
        Pop3Fixture.deliver(pop3.store, THREE, FOUR);
        Pop3Server server = pop3.start();
        List<String> before;
        try (Pop3Client first = pop3.logIn(server)) {
            before = first.lines("UIDL");
            first.ask("DELE 1");
            first.ask("QUIT");
        }
        Pop3Fixture.deliver(pop3.store, THREE);

        List<String> after = pop3.logIn(server).lines("UIDL");
        assertThat(after.get(0).substring(2)).isEqualTo(before.get(1).substring(2));
        assertThat(new HashSet<>(List.of(ids(before.get(0)), ids(before.get(1)), ids(after.get(1)))))
                .as("RFC 1939, section 7: unique-ids are not reused")
                .hasSize(3);
    }

    @Test
    void aMarkedMessageIsInNoListingAndNumbersDoNotShift() throws IOException {
        Pop3Client client = pop3.logInWith(THREE, FOUR, DOTS);
        List<String> ids = client.lines("UIDL");

        assertThat(client.ask("DELE 2")).startsWith("+OK");
        assertThat(client.ask("STAT"))
                .as("RFC 1939, section 5, STAT: marked messages are not counted")
                .isEqualTo("+OK 2 12");
        assertThat(client.lines("LIST")).containsExactly("1 5", "3 7");
        assertThat(client.lines("UIDL")).containsExactly(ids.get(0), ids.get(2));
        assertThat(client.ask("LIST 3")).isEqualTo("+OK 3 7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LIST 2", "UIDL 2", "RETR 2", "TOP 2 0", "DELE 2"})
    void aDeletedNumberIsAnErrorUntilRset(String command) throws IOException {
        Pop3Client client = pop3.logInWith(THREE, FOUR);
        client.ask("DELE 2");

        assertThat(client.ask(command))
                .as("RFC 1939, section 5, DELE: any reference to a deleted number is an error")
                .startsWith("-ERR");
        assertThat(client.ask("STAT")).as("and changes nothing").isEqualTo("+OK 1 5");
        assertThat(client.ask("RSET")).startsWith("+OK");
        assertThat(client.ask("STAT")).as("RFC 1939, section 5, RSET").isEqualTo("+OK 2 11");
        assertThat(client.ask(command)).startsWith("+OK");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LIST 0",
                "LIST 3",
                "LIST -1",
                "LIST +1",
                "LIST one",
                "LIST 1x",
                "LIST 1.0",
                "LIST 0x1",
                "LIST 2147483648",
                "LIST 4294967297",
                "LIST 18446744073709551617",
                "LIST 1 2",
                "LIST \u00b9",
                "UIDL 0",
                "UIDL 3",
                "UIDL 4294967297",
                "UIDL 1 2",
                "RETR",
                "RETR 0",
                "RETR 3",
                "RETR -1",
                "RETR x",
                "RETR 4294967297",
                "RETR 1 2",
                "DELE",
                "DELE 0",
                "DELE 3",
                "DELE -1",
                "DELE x",
                "DELE 4294967297",
                "DELE 1 2",
                "TOP",
                "TOP 1",
                "TOP 0 1",
                "TOP 3 1",
                "TOP 1 -1",
                "TOP 1 x",
                "TOP x 1",
                "TOP 1 1 1",
                "TOP 4294967297 0"
            })
    void aNumberThatIsNoMessageOfOursIsAnError(String command) throws IOException {
        Pop3Client client = pop3.logInWith(THREE, FOUR);

        assertThat(client.ask(command)).as("RFC 1939, section 5").startsWith("-ERR");
        assertThat(client.ask("STAT")).as("and changes nothing").isEqualTo("+OK 2 11");
    }

    @Test
    void manyWrongNumbersAreNoBadCommands() throws IOException {
        Pop3Client client = pop3.logInWith();
        for (int i = 0; i < 50; i++) {
            assertThat(client.ask("RETR 1")).startsWith("-ERR");
        }
        assertThat(client.ask("NOOP")).startsWith("+OK");
    }

    @Test
    void mailThatArrivesMeanwhileIsNotSeen() throws IOException {
        Pop3Client client = pop3.logInWith(THREE);
        Pop3Fixture.deliver(pop3.store, FOUR);

        assertThat(client.ask("STAT")).as("RFC 1939, section 4: a snapshot").isEqualTo("+OK 1 5");
        assertThat(client.ask("LIST 2")).startsWith("-ERR");
        assertThat(client.ask("QUIT")).startsWith("+OK");
        assertThat(client.raw().readToEnd()).isEmpty();
        assertThat(pop3.count()).isEqualTo(2);
    }

    private static String ids(String line) {
        return line.substring(line.indexOf(' ') + 1);
    }
}
