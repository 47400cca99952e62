package org.vmail.examples.mailboxes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.net.pop3.POP3Client;
import org.apache.commons.net.pop3.POP3MessageInfo;
import org.junit.jupiter.api.Test;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.net.Connection;
import org.vmail.pop3.Pop3Server;

class MainTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");

    private final Sales sales = new Sales();

    @Test
    void theProgramShowsBothConversations() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Main.run(new PrintStream(out, true, UTF_8));

        assertThat(out.toString(UTF_8).lines())
                .contains("Subject: Sale 17", "2026-11-23: 4.99", "-ERR [SYS/PERM] reports are on another address");
    }

    @Test
    void aReportStaysUntilItIsDeletedAndItsUniqueIdIsItsOwn() throws IOException {
        sell(1, "joe@a.example");
        sell(2, "ann@a.example");
        sell(3, "joe@a.example");
        try (Pop3Server server = Main.server(sales)) {
            server.start();

            assertThat(uniqueIds(server, 1)).containsExactly("sale-1", "sale-3");
            sell(4, "joe@a.example");
            assertThat(uniqueIds(server)).containsExactly("sale-3", "sale-4");
        }
        assertThat(sales.unreadOf(MailAddress.of("ann@a.example"))).hasSize(1);
    }

    @Test
    void oneSessionAtATimeHasTheReports() throws IOException {
        try (Pop3Server server = Main.server(sales)) {
            server.start();
            POP3Client first = login(server);
            POP3Client second = connect(server);
            assertThat(second.login("joe", "apple")).isFalse();
            assertThat(second.getReplyString()).contains("[IN-USE]");
            first.disconnect();
            second.disconnect();
        }
    }

    @Test
    void aMaildropThatCouldNotBeOpenedIsNotInUse() {
        AtomicBoolean broken = new AtomicBoolean(true);
        ReportStore store = new ReportStore(new Sales() {
            @Override
            List<Sale> unreadOf(MailAddress seller) {
                if (broken.get()) {
                    throw new IllegalStateException("told to fail");
                }
                return super.unreadOf(seller);
            }
        });

        assertThatThrownBy(() -> store.open(JOE)).hasMessage("told to fail");
        broken.set(false);
        assertThat(store.open(JOE)).isInstanceOf(OpenResult.Opened.class);
    }

    @Test
    void closingAMaildropAgainDoesNotOpenThatOfTheNextSession() throws IOException {
        ReportStore store = new ReportStore(sales);
        Maildrop first = ((OpenResult.Opened) store.open(JOE)).maildrop();
        first.close();
        assertThat(store.open(JOE)).isInstanceOf(OpenResult.Opened.class);
        first.close();

        assertThat(store.open(JOE)).isInstanceOf(OpenResult.InUse.class);
    }

    @Test
    void aGoodbyeThatTheClientDoesNotWaitForIsNoFailureOfTheDaemon() throws IOException {
        Connection gone = mock(Connection.class);
        when(gone.write(any())).thenReturn(1).thenThrow(new IOException("the client has gone"));

        assertThatCode(() -> new ClosedForNow().serve(gone)).doesNotThrowAnyException();
        verify(gone, times(2)).write(any());
    }

    @Test
    void theStoreIsShort() throws IOException {
        Path source = Path.of("src/main/java/org/vmail/examples/mailboxes/ReportStore.java");
        assertThat(Files.readAllLines(source).stream()
                        .filter(line -> !line.isBlank() && !line.startsWith("import ") && !line.startsWith("package ")))
                .hasSizeLessThan(60);
    }

    private void sell(long number, String seller) {
        sales.add(new Sale(number, MailAddress.of(seller), LocalDate.of(2026, 11, 23), 100));
    }

    private static List<String> uniqueIds(Pop3Server server, int... deleted) throws IOException {
        POP3Client client = login(server);
        List<String> ids = List.of(client.listUniqueIdentifiers()).stream()
                .map((POP3MessageInfo message) -> message.identifier)
                .toList();
        for (int number : deleted) {
            assertThat(client.deleteMessage(number)).isTrue();
        }
        assertThat(client.logout()).isTrue();
        client.disconnect();
        return ids;
    }

    private static POP3Client login(Pop3Server server) throws IOException {
        POP3Client client = connect(server);
        assertThat(client.login("joe", "apple")).isTrue();
        return client;
    }

    private static POP3Client connect(Pop3Server server) throws IOException {
        POP3Client client = new POP3Client();
        client.connect(server.boundAddress().getAddress(), server.boundAddress().getPort());
        return client;
    }
}
