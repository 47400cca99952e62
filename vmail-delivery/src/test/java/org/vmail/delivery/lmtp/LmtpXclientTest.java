package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.net.Network;

/** Who speaks for whom (Postfix's XCLIENT_README). */
class LmtpXclientTest {
    private static final LmtpOptions OPTIONS =
            LmtpFixture.OPTIONS.withXclientNetworks(List.of(Network.of("127.0.0.0/8")));

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    private String received(LmtpClient client) throws IOException {
        client.begin("joe@a.example");
        client.finish("x\r\n.\r\n", 1);
        List<String> messages = lmtp.target.messages("joe@a.example");
        String message = messages.get(messages.size() - 1);
        return message.substring(message.indexOf("Received:"), message.indexOf("\r\n\tby"));
    }

    @Test
    void itIsAnnouncedToThoseWhoMayUseIt() throws IOException {
        assertThat(lmtp.connect(lmtp.start(OPTIONS)).lhlo())
                .contains("250-XCLIENT ADDR NAME PORT PROTO HELO LOGIN DESTADDR DESTPORT");
        LmtpClient other =
                lmtp.connect(lmtp.start(LmtpFixture.OPTIONS.withXclientNetworks(List.of(Network.of("192.0.2.0/24")))));
        assertThat(other.lhlo()).noneMatch(line -> line.contains("XCLIENT"));
        assertThat(other.ask("XCLIENT NAME=spike.example")).startsWith("550 5.7.0 ");
        assertThat(lmtp.hello().ask("XCLIENT NAME=spike.example")).startsWith("500 5.5.1 ");
    }

    @Test
    void theSessionBeginsAnewForTheClientThatWasTold() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(OPTIONS));
        assertThat(client.raw().ask("XCLIENT NAME=spike.example ADDR=192.0.2.7 PORT=25 HELO=spike PROTO=ESMTP"))
                .startsWith("220 mx.test LMTP ");
        assertThat(client.ask("MAIL FROM:<>")).as("before LHLO").startsWith("503 5.5.1 ");
        client.lhlo();
        assertThat(received(client)).isEqualTo("Received: from spike (spike.example [192.0.2.7])");

        assertThat(client.raw().ask("xclient name=[UNAVAILABLE] helo=[TEMPUNAVAIL] addr=IPV6:2001:db8::7"))
                .startsWith("220 ");
        client.lhlo();
        assertThat(received(client))
                .as("what is told is added to what was told")
                .isEqualTo("Received: from client.test ([IPv6:2001:db8::7])");
    }

    @Test
    void itHasNoPlaceWithinAMessage() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(OPTIONS));
        client.ask("MAIL FROM:<>");
        assertThat(client.ask("XCLIENT NAME=spike.example")).startsWith("503 5.5.1 ");
    }

    @Test
    void aClientCannotTellItselfIntoOrOutOfATrustedNetwork() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(OPTIONS));
        assertThat(client.raw().ask("XCLIENT ADDR=192.0.2.7")).startsWith("220 ");
        assertThat(client.raw().ask("XCLIENT ADDR=192.0.2.8")).startsWith("220 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "NAME",
                "NAME=",
                "NAME=a=b",
                "NAME=a+0D+0Ab",
                "NAME=a+20b",
                "NAME=a<b",
                "HELO=x+0AReceived:",
                "LOGIN=a+0Ab",
                "COLOUR=red",
                "ADDR=localhost",
                "ADDR=192.0.2.7+25lo",
                "ADDR=192.0.2.256",
                "ADDR=IPV6:192.0.2.7",
                "PORT=65536",
                "PORT=-1",
                "PORT=1e3",
                "NAME=a NAME",
                "NAME=a +"
            })
    void whatIsNotInOrderChangesNothing(String attributes) throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(OPTIONS));
        assertThat(client.ask("XCLIENT " + attributes)).startsWith("501 5.5.4 ");
        assertThat(received(client)).isEqualTo("Received: from client.test ([127.0.0.1])");
    }
}
