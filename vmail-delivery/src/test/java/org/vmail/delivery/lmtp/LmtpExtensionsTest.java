package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.Domain;
import org.vmail.delivery.Deliverer;
import org.vmail.directory.Directory;

/** SMTPUTF8 (RFC 6531), DSN (RFC 3461), and a postmaster without a domain (RFC 5321, section 4.1.1.3). */
class LmtpExtensionsTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n.\r\n";

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    private final Directory directory = Directory.inMemory()
            .account("j\u00f6@a.example", "x")
            .account("joe@xn--mnchen-3ya.example", "x")
            .account("postmaster@a.example", "x")
            .build();

    private LmtpClient hello(LmtpOptions options) throws IOException {
        return lmtp.hello(lmtp.start(Deliverer.over(directory, lmtp.target), options));
    }

    /** As it goes over the wire: one char for each octet. */
    private static String octets(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    @Test
    void anAddressInUtf8IsDeliveredAndTracedAsItIs() throws IOException {
        LmtpClient client = hello(LmtpFixture.OPTIONS);
        assertThat(client.ask(octets("MAIL FROM:<\u00fc@x.example> SMTPUTF8"))).startsWith("250 2.1.0 ");
        assertThat(client.ask(octets("RCPT TO:<j\u00f6@a.example>"))).startsWith("250 2.1.5 ");
        client.ask("DATA");
        client.raw().send(MESSAGE);

        assertThat(client.raw().readLine())
                .as("RFC 6531, section 3.7.4.2")
                .startsWith("250 2.1.5 ")
                .endsWith(octets("<j\u00f6@a.example>"));
        assertThat(lmtp.target.messages("j\u00f6@a.example"))
                .singleElement()
                .asString()
                .startsWith(octets("Return-Path: <\u00fc@x.example>\r\nDelivered-To: j\u00f6@a.example\r\n"))
                .as("RFC 6531, section 4.3")
                .contains("with UTF8LMTP (vmail)")
                .contains(octets("for <j\u00f6@a.example>;"));
    }

    @ParameterizedTest // RFC 6531, sections 3.2 and 3.5
    @CsvSource(
            delimiter = '|',
            value = {
                "MAIL FROM:<\u00fc@x.example>              | 553 5.6.7",
                "MAIL FROM:<a@x.example> SMTPUTF8 SMTPUTF8 | 501 5.5.4",
                "MAIL FROM:<a@x.example> BODY=8BITMIME SMTPUTF8 SIZE=7 | 250 2.1.0",
            })
    void utf8IsForThoseWhoSaySo(String command, String reply) throws IOException {
        assertThat(hello(LmtpFixture.OPTIONS).ask(octets(command))).startsWith(reply);
    }

    @Test
    void whatIsNoUtf8IsNoAddress() throws IOException {
        LmtpClient client = hello(LmtpFixture.OPTIONS);
        assertThat(client.ask("MAIL FROM:<\u00fc@x.example> SMTPUTF8")).startsWith("501 5.1.7 ");
        assertThat(client.ask("MAIL FROM:<\u00c0\u00af@x.example> SMTPUTF8"))
                .as("an overlong form")
                .startsWith("501 5.1.7 ");
        client.ask("MAIL FROM:<> SMTPUTF8");
        assertThat(client.ask("RCPT TO:<j\u00f6@a.example>")).startsWith("553 5.1.3 ");
        assertThat(client.ask(octets("RCPT TO:<j\u0085@a.example>")))
                .as("a control character")
                .startsWith("553 5.1.3 ");
        assertThat(client.ask(octets("RCPT TO:<joe@m\u00fcnchen.example>")))
                .as("a U-label is the A-label that it stands for")
                .startsWith("250 2.1.5 ");
    }

    @Test
    void withoutSmtpUtf8NothingIsInUtf8() throws IOException {
        LmtpClient client = hello(LmtpFixture.OPTIONS.withSmtpUtf8(false));
        assertThat(client.lhlo()).doesNotContain("250-SMTPUTF8");
        assertThat(client.ask("MAIL FROM:<> SMTPUTF8")).startsWith("555 5.5.4 ");
        assertThat(client.ask("MAIL FROM:<>")).startsWith("250 ");
        assertThat(client.ask(octets("RCPT TO:<j\u00f6@a.example>"))).startsWith("553 5.6.7 ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MAIL FROM:<a@x.example> RET=FULL ENVID=QQ314159      | 250 2.1.0",
                "MAIL FROM:<a@x.example> ret=hdrs                     | 250 2.1.0",
                "MAIL FROM:<a@x.example> ENVID=a+2Bb                  | 250 2.1.0",
                "MAIL FROM:<a@x.example> RET=BODY                     | 501 5.5.4",
                "MAIL FROM:<a@x.example> RET                          | 555 5.5.4",
                "MAIL FROM:<a@x.example> ENVID=a+2                    | 501 5.5.4",
                "MAIL FROM:<a@x.example> ENVID=a+0D+0Ab               | 501 5.5.4",
                "MAIL FROM:<a@x.example> NOTIFY=NEVER                 | 555 5.5.4",
                "RCPT TO:<postmaster@a.example> NOTIFY=NEVER          | 250 2.1.5",
                "RCPT TO:<postmaster@a.example> NOTIFY=success,delay,FAILURE | 250 2.1.5",
                "RCPT TO:<postmaster@a.example> NOTIFY=NEVER,DELAY    | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> NOTIFY=DELAY,DELAY    | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> NOTIFY=DELAY,         | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> NOTIFY=SOON           | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> ORCPT=rfc822;a+2Bb@x.example | 250 2.1.5",
                "RCPT TO:<postmaster@a.example> ORCPT=rfc822;         | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> ORCPT=;a              | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> ORCPT=a@x.example     | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> ORCPT=rfc822;a+0Ab    | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> ORCPT=rf(c);a         | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> ORCPT=utf-8;j\\x{F6}@x.example | 250 2.1.5",
                "RCPT TO:<postmaster@a.example> ORCPT=utf-8;j\\x{f6}@x.example | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> ORCPT=utf-8;j+F6@x.example     | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> ORCPT=utf-8;j\u00f6@x.example  | 501 5.5.4",
                "RCPT TO:<postmaster@a.example> RET=FULL              | 555 5.5.4",
            })
    void wishesForReportsAreChecked(String command, String reply) throws IOException {
        LmtpClient client = hello(LmtpFixture.OPTIONS.withDsn(true));
        assertThat(client.lhlo()).contains("250-DSN");
        if (command.startsWith("RCPT")) {
            client.ask("MAIL FROM:<>");
        }
        assertThat(client.ask(octets(command))).as(command).startsWith(reply + " ");
    }

    @Test // RFC 3461, sections 4.2 and 4.4
    void wishesForReportsAreBounded() throws IOException {
        LmtpClient client = hello(LmtpFixture.OPTIONS.withDsn(true));
        assertThat(client.ask("MAIL FROM:<> ENVID=" + "x".repeat(101))).startsWith("501 ");
        assertThat(client.ask("MAIL FROM:<> ENVID=" + "x".repeat(100))).startsWith("250 ");
        assertThat(client.ask("RCPT TO:<postmaster@a.example> ORCPT=rfc822;" + "x".repeat(494)))
                .startsWith("501 ");
        assertThat(client.ask("RCPT TO:<postmaster@a.example> ORCPT=rfc822;" + "x".repeat(493)))
                .startsWith("250 ");
    }

    @Test // RFC 6533, section 3
    void anOriginalRecipientIsInUtf8IfTheMessageIs() throws IOException {
        LmtpClient client = hello(LmtpFixture.OPTIONS.withDsn(true));
        client.ask("MAIL FROM:<> SMTPUTF8");
        assertThat(client.ask(octets("RCPT TO:<postmaster@a.example> ORCPT=utf-8;j\u00f6@x.example")))
                .startsWith("250 ");
        assertThat(client.ask("RCPT TO:<postmaster@a.example> ORCPT=utf-8;j\u00f6@x.example"))
                .as("no UTF-8")
                .startsWith("501 ");
    }

    @Test
    void whoIsPostmasterWithoutADomainIsASetting() throws IOException {
        LmtpClient none = hello(LmtpFixture.OPTIONS);
        none.ask("MAIL FROM:<>");
        assertThat(none.ask("RCPT TO:<postmaster>")).startsWith("553 5.1.3 ");

        LmtpClient client = hello(LmtpFixture.OPTIONS.withPostmasterDomain(Domain.of("a.example")));
        client.ask("MAIL FROM:<>");
        assertThat(client.ask("RCPT TO:<Postmaster>"))
                .as("RFC 5321, section 4.1.1.3")
                .startsWith("250 2.1.5 ");
        assertThat(client.ask("RCPT TO:<root>")).startsWith("553 5.1.3 ");
        client.ask("DATA");
        client.finish(MESSAGE, 1);
        assertThat(lmtp.target.mailboxes()).containsExactly("postmaster@a.example");
    }

    @Test
    void binaryMessagesNeedChunks() {
        assertThatThrownBy(() -> LmtpFixture.OPTIONS.withBinaryMime(true))
                .as("RFC 3030, section 3")
                .isInstanceOf(IllegalArgumentException.class);
    }
}
