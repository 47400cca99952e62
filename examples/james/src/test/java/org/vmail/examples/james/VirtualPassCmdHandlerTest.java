package org.vmail.examples.james;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.ProtocolTransport;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.CommandDispatcher;
import org.apache.james.protocols.api.handler.ProtocolHandlerChainImpl;
import org.apache.james.protocols.pop3.POP3Configuration;
import org.apache.james.protocols.pop3.POP3Protocol;
import org.apache.james.protocols.pop3.POP3Session;
import org.apache.james.protocols.pop3.core.DeleCmdHandler;
import org.apache.james.protocols.pop3.core.QuitCmdHandler;
import org.apache.james.protocols.pop3.core.StatCmdHandler;
import org.apache.james.protocols.pop3.core.UidlCmdHandler;
import org.apache.james.protocols.pop3.core.UserCmdHandler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.auth.Authenticator;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.LoginResolver;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.net.Network;

/** James's own commands around our logins, without James's network. */
class VirtualPassCmdHandlerTest {
    private final Directory users = Directory.inMemory()
            .account("joe@a.example", "apple")
            .account("joe@b.example", "banana")
            .build();
    private final InMemoryStore mail = new InMemoryStore();
    private final ProtocolHandlerChainImpl chain = new ProtocolHandlerChainImpl();
    private final CommandDispatcher<POP3Session> dispatcher = new CommandDispatcher<>();

    @BeforeEach
    void wire() throws Exception {
        MetricFactory metrics = mock(MetricFactory.class, CALLS_REAL_METHODS);
        doAnswer(call -> call.<Supplier<?>>getArgument(1).get())
                .when(metrics)
                .decorateSupplierWithTimerMetric(anyString(), any());
        DomainResolver domains = DomainResolver.networkTable(Map.of(
                Network.of("127.0.0.2"), Domain.of("a.example"), Network.of("127.0.0.3"), Domain.of("b.example")));
        chain.add(dispatcher);
        chain.add(new UserCmdHandler(metrics));
        chain.add(new VirtualPassCmdHandler(
                metrics, domains, LoginResolver.over(users), Authenticator.over(users), mail));
        chain.add(new StatCmdHandler(metrics));
        chain.add(new UidlCmdHandler(metrics));
        chain.add(new DeleCmdHandler(metrics));
        chain.add(new QuitCmdHandler(metrics));
        chain.wireExtensibleHandlers();
        mail.deliver(MailAddress.of("joe@b.example"), "Subject: x\r\n\r\nx\r\n".getBytes(US_ASCII));
    }

    @Test
    void aBareLoginIsOfTheDomainOfTheTargetAddress() {
        POP3Session session = session("127.0.0.3");
        assertThat(login(session, "joe", "banana").getRetCode()).isEqualTo("+OK");
        assertThat(ask(session, "STAT")).startsWith("1 17");

        assertThat(login(session("127.0.0.2"), "joe", "banana").getRetCode()).isEqualTo("-ERR");
        assertThat(login(session("127.0.0.2"), "joe", "apple").getRetCode()).isEqualTo("+OK");
        assertThat(login(session("127.0.0.9"), "joe", "apple").getRetCode()).isEqualTo("-ERR");
    }

    @Test
    void aLoginMayNameItsDomainAnywhere() {
        assertThat(login(session("127.0.0.2"), "joe@b.example", "banana").getRetCode())
                .isEqualTo("+OK");
    }

    @Test
    void oneSessionAtATimeHasTheMaildrop() {
        POP3Session first = session("127.0.0.3");
        assertThat(login(first, "joe", "banana").getRetCode()).isEqualTo("+OK");
        assertThat(login(session("127.0.0.3"), "joe", "banana").getRetCode()).isEqualTo("-ERR");
        ask(first, "QUIT");
        assertThat(login(session("127.0.0.3"), "joe", "banana").getRetCode()).isEqualTo("+OK");
    }

    @Test
    void whatIsDeletedIsGoneAfterQuit() {
        POP3Session session = session("127.0.0.3");
        login(session, "joe", "banana");
        ask(session, "DELE 1");
        ask(session, "QUIT");

        POP3Session next = session("127.0.0.3");
        login(next, "joe", "banana");
        assertThat(ask(next, "STAT")).startsWith("0 0");
    }

    private POP3Session session(String target) {
        ProtocolTransport transport = mock(ProtocolTransport.class);
        when(transport.getLocalAddress()).thenReturn(new InetSocketAddress(InetAddresses.forString(target), 110));
        when(transport.getRemoteAddress()).thenReturn(new InetSocketAddress(InetAddress.getLoopbackAddress(), 40000));
        return (POP3Session) new POP3Protocol(chain, new POP3Configuration()).newSession(transport);
    }

    private Response login(POP3Session session, String user, String password) {
        ask(session, "USER " + user);
        return dispatcher.onLine(session, ("PASS " + password + "\r\n").getBytes(US_ASCII));
    }

    private String ask(POP3Session session, String command) {
        Response response = dispatcher.onLine(session, (command + "\r\n").getBytes(US_ASCII));
        return String.join("\n", response.getLines()).replaceFirst("^[+-][A-Z]+ ", "");
    }
}
