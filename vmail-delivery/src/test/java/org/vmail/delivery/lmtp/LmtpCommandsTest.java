package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands, their order and their arguments (RFC 2033, section 4; RFC 5321, section 4.1). */
class LmtpCommandsTest {
    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    @Test
    void lhloListsTheCapabilities() throws IOException {
        LmtpClient client = lmtp.connect(lmtp.start(LmtpFixture.OPTIONS.withMaxMessageOctets(12_345)));

        assertThat(client.lhlo())
                .as("RFC 2033, section 5: PIPELINING and ENHANCEDSTATUSCODES are required")
                .containsExactly(
                        "250-mx.test",
                        "250-PIPELINING",
                        "250-ENHANCEDSTATUSCODES",
                        "250-8BITMIME",
                        "250-SMTPUTF8",
                        "250 SIZE 12345");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"HELO client.test", "EHLO client.test", "helo x", "XYZZY", "BDAT 1 LAST", "STARTTLS", "", "TURN"
            })
    void smtpGreetingsAndUnknownCommandsAreRefused(String command) throws IOException {
        assertThat(lmtp.connect(lmtp.start()).ask(command))
                .as("RFC 2033, section 4.1: HELO and EHLO get 500")
                .startsWith("500 5.5.1 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LHLO", "LHLO ", "LHLO two words", "LHLO a<b", "LHLO x;y"})
    void lhloNeedsAHostName(String command) throws IOException {
        LmtpClient client = lmtp.connect(lmtp.start());

        assertThat(client.ask(command)).startsWith("501 5.5.4 ");
        assertThat(client.ask("MAIL FROM:<>")).startsWith("503 ");
    }

    @Test
    void commandsComeInOrder() throws IOException {
        LmtpClient client = lmtp.connect(lmtp.start());

        assertThat(client.ask("MAIL FROM:<>")).as("before LHLO").startsWith("503 5.5.1 ");
        assertThat(client.ask("RCPT TO:<joe@a.example>")).startsWith("503 5.5.1 ");
        assertThat(client.ask("DATA")).startsWith("503 5.5.1 ");
        client.lhlo();
        assertThat(client.ask("RCPT TO:<joe@a.example>")).as("before MAIL").startsWith("503 5.5.1 ");
        assertThat(client.ask("DATA"))
                .as("RFC 2033, section 4.2: no valid RCPT")
                .startsWith("503 5.5.1 ");
        assertThat(client.ask("MAIL FROM:<>")).startsWith("250 ");
        assertThat(client.ask("MAIL FROM:<>")).as("nested MAIL").startsWith("503 5.5.1 ");
        assertThat(client.ask("DATA")).as("without recipients").startsWith("503 5.5.1 ");
        assertThat(client.ask("RCPT TO:<nobody@a.example>")).startsWith("550 ");
        assertThat(client.ask("DATA"))
                .as("RFC 2033, section 4.2: all recipients refused")
                .startsWith("503 5.5.1 ");
        assertThat(client.ask("RCPT TO:<joe@a.example>")).startsWith("250 ");
        assertThat(client.ask("DATA")).startsWith("354 ");
        assertThat(client.finish("x\r\n.\r\n", 1).get(0)).startsWith("250 ");
        assertThat(client.ask("DATA")).as("the envelope is used up").startsWith("503 5.5.1 ");
        assertThat(client.ask("QUIT")).startsWith("221 2.0.0 ");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void rsetForgetsTheEnvelopeButNotTheClient() throws IOException {
        LmtpClient client = lmtp.hello();
        client.ask("MAIL FROM:<>");
        client.ask("RCPT TO:<joe@a.example>");

        assertThat(client.ask("RSET")).startsWith("250 2.0.0 ");
        assertThat(client.ask("DATA")).startsWith("503 ");
        assertThat(client.ask("RCPT TO:<joe@a.example>")).startsWith("503 ");
        client.begin("ann@a.example");
        client.finish("x\r\n.\r\n", 1);
        assertThat(lmtp.target.mailboxes()).containsExactly("ann@a.example");
    }

    @Test
    void lhloForgetsTheEnvelope() throws IOException {
        LmtpClient client = lmtp.hello();
        client.ask("MAIL FROM:<>");
        client.ask("RCPT TO:<joe@a.example>");
        client.lhlo();

        assertThat(client.ask("DATA")).as("RFC 5321, section 4.1.4").startsWith("503 ");
    }

    @Test
    void noopVrfyAndQuitAreAllowedAtAnyTime() throws IOException {
        LmtpClient client = lmtp.connect(lmtp.start());

        assertThat(client.ask("NOOP")).startsWith("250 2.0.0 ");
        assertThat(client.ask("noop anything")).startsWith("250 2.0.0 ");
        assertThat(client.ask("VRFY joe")).as("tells nothing").startsWith("252 2.");
        assertThat(client.ask("VRFY nobody")).startsWith("252 2.");
        assertThat(client.ask("RSET")).startsWith("250 ");
        assertThat(client.ask("QUIT")).startsWith("221 2.0.0 ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MAIL FROM:<a@x.example>                      | 250 2.1.0",
                "mail from:<a@x.example>                      | 250 2.1.0",
                "MaIl FrOm:<a@x.example>                      | 250 2.1.0",
                "MAIL  FROM:<a@x.example>                     | 250 2.1.0",
                "MAIL FROM: <a@x.example>                     | 250 2.1.0",
                "MAIL FROM:<>                                 | 250 2.1.0",
                "MAIL FROM:<@r.example,@s.example:a@x.example>| 250 2.1.0",
                "MAIL FROM:<\"a b\"@x.example>                | 250 2.1.0",
                "MAIL FROM:<\"a\\\"b\"@x.example>             | 250 2.1.0",
                "MAIL FROM:<\"a > b\"@x.example>              | 250 2.1.0",
                "MAIL FROM:<a@x.example> BODY=8BITMIME        | 250 2.1.0",
                "MAIL FROM:<a@x.example> body=7bit size=1     | 250 2.1.0",
                "MAIL FROM:<a@x.example>  SIZE=0              | 250 2.1.0",
                "MAIL FROM:<a@x.example> SIZE=1000            | 250 2.1.0",
                "MAIL FROM:<a@x.example> SIZE=1001            | 552 5.3.4",
                "MAIL FROM:<a@x.example> SIZE=9223372036854775808  | 552 5.3.4",
                "MAIL FROM:<a@x.example> SIZE=99999999999999999999 | 552 5.3.4",
                "MAIL FROM:<a@x.example> SIZE=100000000000000000000| 501 5.5.4",
                "MAIL FROM:<a@x.example> SIZE=                | 501 5.5.4",
                "MAIL FROM:<a@x.example> SIZE=-0              | 501 5.5.4",
                "MAIL FROM:<a@x.example> SIZE=+1              | 501 5.5.4",
                "MAIL FROM:<a@x.example> SIZE=1k              | 501 5.5.4",
                "MAIL FROM:<a@x.example> SIZE                 | 555 5.5.4",
                "MAIL FROM:<a@x.example> BODY=BINARYMIME      | 555 5.5.4",
                "MAIL FROM:<a@x.example> SMTPUTF8             | 250 2.1.0",
                "MAIL FROM:<a@x.example> SMTPUTF8=1           | 555 5.5.4",
                "MAIL FROM:<a@x.example> SIZE=1 size=1        | 501 5.5.4",
                "MAIL FROM:<a@x.example> =1                   | 501 5.5.4",
                "MAIL FROM:<a@x.example> X==1                 | 501 5.5.4",
                "MAIL FROM:<a@x.example> AUTH=<>              | 555 5.5.4",
                "MAIL FROM:<a@x.example> RET=HDRS             | 555 5.5.4",
                "MAIL FROM:<a@x.example>SIZE=1                | 501 5.5.4",
                "MAIL FROM:a@x.example                        | 501 5.5.4",
                "MAIL FROM:<a@x.example                       | 501 5.5.4",
                "MAIL FROM:a@x.example>                       | 501 5.5.4",
                "MAIL FROM:<\"a@x.example>                    | 501 5.5.4",
                "MAIL FROM                                    | 501 5.5.4",
                "MAIL                                         | 501 5.5.4",
                "MAIL TO:<a@x.example>                        | 501 5.5.4",
                "MAIL FROM :<a@x.example>                     | 501 5.5.4",
                "MAIL FROM:<\u00e4@x.example>                 | 553 5.6.7",
                "MAIL FROM:<a@\u00e4.example>                 | 553 5.6.7",
            })
    void mail(String command, String reply) throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMaxMessageOctets(1000)));

        assertThat(client.ask(command)).as(command).startsWith(reply + " ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RCPT TO:<joe@a.example>                       | 250 2.1.5",
                "rcpt to:<JOE@A.EXAMPLE>                       | 250 2.1.5",
                "RCPT TO:  <joe@a.example>                     | 250 2.1.5",
                "RCPT TO:<@r.example:joe@a.example>            | 250 2.1.5",
                "RCPT TO:<\"joe\"@a.example>                   | 250 2.1.5",
                "RCPT TO:<\"joe > who\"@a.example>             | 250 2.1.5",
                "RCPT TO:<\"j\\o\\e\"@a.example>               | 250 2.1.5",
                "RCPT TO:<both@a.example>                      | 250 2.1.5",
                "RCPT TO:<nobody@a.example>                    | 550 5.1.1",
                "RCPT TO:<joe@elsewhere.example>               | 550 5.1.2",
                "RCPT TO:<away@a.example>                      | 451 4.3.5",
                "RCPT TO:<>                                    | 553 5.1.3",
                "RCPT TO:<joe>                                 | 553 5.1.3",
                "RCPT TO:<@a.example>                          | 553 5.1.3",
                "RCPT TO:<joe@>                                | 553 5.1.3",
                "RCPT TO:<joe@@a.example>                      | 553 5.1.3",
                "RCPT TO:<joe@a..example>                      | 553 5.1.3",
                "RCPT TO:<..@a.example>                        | 553 5.1.3",
                "RCPT TO:<../joe@a.example>                    | 553 5.1.3",
                "RCPT TO:<a/b@a.example>                       | 553 5.1.3",
                "RCPT TO:<\"../x\"@a.example>                  | 553 5.1.3",
                "RCPT TO:<joe who@a.example>                   | 553 5.1.3",
                "RCPT TO:<joe@[127.0.0.1]>                     | 553 5.1.3",
                "RCPT TO:joe@a.example                         | 501 5.5.4",
                "RCPT TO:<joe@a.example                        | 501 5.5.4",
                "RCPT TO:<\"joe@a.example>                     | 501 5.5.4",
                "RCPT TO:<joe@a.example>x                      | 501 5.5.4",
                "RCPT FROM:<joe@a.example>                     | 501 5.5.4",
                "RCPT                                          | 501 5.5.4",
                "RCPT TO:<joe@a.example> NOTIFY=NEVER          | 555 5.5.4",
                "RCPT TO:<j\u00f6@a.example>                   | 553 5.6.7",
            })
    void rcpt(String command, String reply) throws IOException {
        LmtpClient client = lmtp.hello();
        client.ask("MAIL FROM:<>");

        assertThat(client.ask(command)).as(command).startsWith(reply + " ");
        assertThat(client.ask("RCPT TO:<ann@a.example>"))
                .as("the transaction goes on")
                .startsWith("250 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0", "\t", "\u0001", "\u007f", "\r"})
    void controlCharactersAreInNoCommand(String control) throws IOException {
        LmtpClient client = lmtp.hello();

        assertThat(client.ask("MAIL FROM:<a" + control + "b@x.example>")).startsWith("500 5.5.");
        client.ask("MAIL FROM:<>");
        assertThat(client.ask("RCPT TO:<joe" + control + "@a.example>")).startsWith("500 5.5.");
        assertThat(client.ask("RCPT TO:<\"joe" + control + "\"@a.example>")).startsWith("500 5.5.");
    }

    @Test
    void overlongPathsAreRefused() throws IOException {
        LmtpClient client = lmtp.hello();

        assertThat(client.ask("MAIL FROM:<" + "a".repeat(300) + "@x.example>"))
                .as("RFC 5321, section 4.5.3.1.3")
                .startsWith("501 5.1.7 ");
        assertThat(client.ask("MAIL FROM:<" + "a".repeat(3000) + "@x.example>")).startsWith("500 5.5.2 ");
        client.ask("MAIL FROM:<>");
        assertThat(client.ask("RCPT TO:<" + "a".repeat(65) + "@a.example>"))
                .as("RFC 5321, section 4.5.3.1.1")
                .startsWith("553 5.1.3 ");
        assertThat(client.ask("RCPT TO:<joe@" + "a.".repeat(200) + "example>")).startsWith("553 5.1.3 ");
    }

    @Test
    void dataHasNoArgument() throws IOException {
        LmtpClient client = lmtp.hello();
        client.ask("MAIL FROM:<>");
        client.ask("RCPT TO:<joe@a.example>");

        assertThat(client.ask("DATA now")).startsWith("501 5.5.4 ");
        assertThat(client.ask("DATA")).startsWith("354 ");
    }
}
