package org.vmail.examples.junit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.apache.commons.net.pop3.POP3Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mockito.Mockito;

class MailServerTest {
    // README begins
    @RegisterExtension
    final MailServer mail = MailServer.with(users -> users.account("joe@a.example", "apple")
            .account("ann@b.example", "pear")
            .alias("all@b.example", "joe@a.example", "ann@b.example"));

    @Test
    void joeReadsHisMail() throws IOException {
        mail.deliver("joe@a.example", "Subject: hello\r\n\r\nhello\r\n");

        POP3Client client = new POP3Client();
        client.connect(mail.pop3().getAddress(), mail.pop3().getPort());
        assertThat(client.login("joe@a.example", "apple")).isTrue();
        assertThat(client.listMessages()).hasSize(1);
        client.logout();
    }
    // README ends

    @Test
    void whatComesByLmtpIsInTheMailboxes() throws IOException {
        try (Socket client = new Socket(mail.lmtp().getAddress(), mail.lmtp().getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            List<String> lines = List.of(
                    "LHLO test",
                    "MAIL FROM:<>",
                    "RCPT TO:<all@b.example>",
                    "DATA",
                    "Subject: x",
                    "",
                    "x",
                    ".",
                    "QUIT",
                    "");
            client.getOutputStream().write(String.join("\r\n", lines).getBytes(US_ASCII));
            assertThat(replies.lines()).anyMatch(line -> line.startsWith("250 2.1.5 ok <all@b.example>"));
        }

        for (String account : new String[] {"joe@a.example", "ann@b.example"}) {
            assertThat(mail.messages(account)).hasSize(1).allMatch(message -> message.endsWith("\r\nx\r\n"));
        }
    }

    @Test
    void eachTestBeginsWithEmptyMailboxes() throws IOException {
        assertThat(mail.messages("joe@a.example")).isEmpty();
        assertThat(mail.messages("ann@b.example")).isEmpty();
    }

    @Test
    void whoIsUnknownHasNoMailbox() {
        assertThatIllegalArgumentException().isThrownBy(() -> mail.messages("eve@a.example"));
        assertThatIllegalArgumentException().isThrownBy(() -> mail.deliver("eve@a.example", "x"));
    }

    @Test
    void aServerStartsInLessThanFiftyMillisecondsAndLeavesNoThread() throws IOException {
        ExtensionContext context = Mockito.mock(ExtensionContext.class);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) { // the first ones load classes, and the machine may be busy
            MailServer other = MailServer.with("joe@a.example", "apple");
            long start = System.nanoTime();
            other.beforeEach(context);
            best = Math.min(best, System.nanoTime() - start);
            other.afterEach(context);
            assertThatIllegalStateException().isThrownBy(other::pop3);
        }

        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(50));
        mail.afterEach(context);
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("pop3") || name.startsWith("lmtp"));
    }
}
