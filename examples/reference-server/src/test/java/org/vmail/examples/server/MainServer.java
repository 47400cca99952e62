package org.vmail.examples.server;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.domain.LoginResolver;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.Listener;
import org.vmail.net.Network;
import org.vmail.net.ProxyTrust;
import org.vmail.pop3.Pop3Listener;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Pop3Server;

/** A POP3 server that was there before vmail, with the main domain's joe and his three messages. */
final class MainServer implements AutoCloseable {
    private final List<InetAddress> clients = new CopyOnWriteArrayList<>();
    private final Pop3Server server;
    private final Optional<XclientFront> front;

    /** How it learns who its clients are. */
    enum Introduction {
        PROXY_HEADER,
        XCLIENT
    }

    /** Starts it; what is introduced in the other way is not served. */
    MainServer(Introduction introduction) throws IOException {
        InMemoryStore store = new InMemoryStore();
        for (int i = 1; i <= 3; i++) {
            try (Delivery delivery = store.begin(MailAddress.of("joe@main.example"))) {
                OutputStream body = delivery.message();
                body.write("Subject: %d\n\nDear Joe\n".formatted(i).getBytes(StandardCharsets.US_ASCII));
                delivery.commit();
            }
        }
        Directory directory = Directory.inMemory()
                .account("joe@main.example", Dovecot.PASSWORD)
                .build();
        Listener listener = Listener.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        server = Pop3Server.builder(directory, store)
                .logins(LoginResolver.over(directory).withDefaultDomain(Domain.of("main.example")))
                .options(Pop3Options.defaults().withGreeting("main server ready"))
                .listener(new Pop3Listener() {
                    @Override
                    public void connected(ConnectionInfo connection) {
                        clients.add(connection.remote().getAddress());
                    }
                })
                .listen(
                        introduction == Introduction.PROXY_HEADER
                                ? listener.withProxyProtocol(ProxyTrust.in(List.of(Network.of("127.0.0.1"))))
                                : listener)
                .build();
        server.start();
        front = introduction == Introduction.XCLIENT ? Optional.of(new XclientFront(bound())) : Optional.empty();
    }

    InetSocketAddress address() {
        return front.map(XclientFront::address).orElseGet(this::bound);
    }

    private InetSocketAddress bound() {
        return server.boundAddress();
    }

    /** Whom it takes for its clients. */
    List<InetAddress> clients() {
        return clients;
    }

    /** For good. */
    void stop() {
        front.ifPresent(XclientFront::close);
        server.close();
    }

    @Override
    public void close() {
        stop();
    }
}
