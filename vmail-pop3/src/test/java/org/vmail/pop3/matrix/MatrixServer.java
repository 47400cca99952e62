package org.vmail.pop3.matrix;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.vmail.address.Domain;
import org.vmail.address.Login.Bare;
import org.vmail.address.LoginSplitter;
import org.vmail.address.MailAddress;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;
import org.vmail.chain.LoginRoute;
import org.vmail.chain.NativeDaemon;
import org.vmail.chain.Upstream;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.SystemDirectory;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainPolicy;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.LoginResolver;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.Listener;
import org.vmail.net.Network;
import org.vmail.net.ProxyTrust;
import org.vmail.net.TlsContext;
import org.vmail.pop3.ClearTextLogin;
import org.vmail.pop3.Pop3Listener;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Pop3Server;

/**
 * A server in one deployment, whose rules can be changed, and the native daemon that it may have: a server that knows
 * {@code joe} and {@code ann} by these names alone. The subject of each account's only message is whose it is.
 */
final class MatrixServer implements AutoCloseable {
    static final String HOST = "127.0.0.2";

    private static final Domain MAIN = Domain.of("main.example");
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(HOST, 0);
    private static final ProxyTrust TRUST = ProxyTrust.in(List.of(Network.of("127.0.0.1")));
    private static final Pop3Options OPTIONS =
            Pop3Options.defaults().withFailureDelay(Duration.ZERO).withClearTextLogin(ClearTextLogin.ALWAYS);

    /** Remembers what was chosen for whom. */
    private static final class Choices implements Pop3Listener {
        private final Map<InetSocketAddress, List<String>> choices = new ConcurrentHashMap<>();

        @Override
        public void domainChosen(ConnectionInfo connection, DomainChoice choice) {
            choices.computeIfAbsent(connection.remote(), client -> new CopyOnWriteArrayList<>())
                    .add(text(choice));
        }

        private static String text(DomainChoice choice) {
            if (choice instanceof DomainChoice.Hosted hosted) {
                return hosted.domain().name();
            }
            State state = choice instanceof DomainChoice.Shared
                    ? State.SHARED
                    : choice instanceof DomainChoice.NotHosted ? State.NOBODYS : State.DISPUTED;
            return state.text();
        }
    }

    private final Deployment deployment;
    private final TlsContext tls;
    private final Directory directory;
    private final Choices choices = new Choices();
    private final AtomicInteger nativeClients = new AtomicInteger();
    private final Optional<Pop3Server> nativeDaemon;
    private final Pop3Server server;
    private volatile DomainResolver domains = DomainResolver.sharedAddresses(List.of());
    private volatile DomainPolicy policy = DomainPolicy.loginWins();

    /** Starts everything. */
    MatrixServer(Deployment deployment, TlsContext tls, Path folder) throws IOException {
        this.deployment = deployment;
        this.tls = tls;
        this.directory = deployment == Deployment.NATIVE ? hosted().or(systemUsers(folder)) : hosted();
        this.nativeDaemon = deployment == Deployment.EARLY || deployment == Deployment.LATE
                ? Optional.of(startNative())
                : Optional.empty();
        this.server = start();
    }

    private static Directory hosted() {
        return Directory.inMemory()
                .domain(HostedDomain.of(Domain.of("a.example")).withAliases(List.of(Domain.of("old-a.example"))))
                .account("joe@a.example", Login.PASSWORD)
                .account("joe@b.example", Login.PASSWORD)
                .build();
    }

    private static Directory systemUsers(Path folder) throws IOException {
        String hash = PasswordHasher.withCost(4)
                .hash(Password.of(Login.PASSWORD))
                .encoded()
                .replaceFirst("^\\{[^}]*}", "");
        Path passwd = folder.resolve("passwd");
        Path shadow = folder.resolve("shadow");
        Files.writeString(passwd, "joe:x:1001:1001::/home/joe:/bin/sh\nann:x:1002:1002::/home/ann:/bin/sh\n");
        Files.writeString(shadow, "joe:" + hash + ":20000:0:99999:7:::\nann:" + hash + ":20000:0:99999:7:::\n");
        return SystemDirectory.builder(HostedDomain.of(MAIN))
                .passwd(passwd)
                .shadow(shadow)
                .build();
    }

    private Pop3Server startNative() throws IOException {
        Directory users = Directory.inMemory()
                .account("joe@main.example", Login.PASSWORD)
                .account("ann@main.example", Login.PASSWORD)
                .build();
        InMemoryStore store = new InMemoryStore();
        deliver(store, "joe@main.example", "joe, native");
        deliver(store, "ann@main.example", "ann, native");
        LoginSplitter bareOnly =
                name -> Optional.of(name).filter(user -> user.matches("[a-z]+")).map(Bare::new);
        Pop3Server users110 = configure(Pop3Server.builder(users, store))
                .logins(LoginResolver.over(users).withSplitter(bareOnly).withDefaultDomain(MAIN))
                .options(OPTIONS.withGreeting("native"))
                .listener(new Pop3Listener() {
                    @Override
                    public void connected(ConnectionInfo connection) {
                        nativeClients.incrementAndGet();
                    }
                })
                .listen(ANY_PORT)
                .listenTls(ANY_PORT)
                .build();
        users110.start();
        return users110;
    }

    private Pop3Server start() throws IOException {
        InMemoryStore store = new InMemoryStore();
        for (String account : List.of("joe@a.example", "joe@b.example", "joe@main.example", "ann@main.example")) {
            deliver(store, account, account.replace("@", ", "));
        }
        LoginResolver logins = LoginResolver.over(directory)
                .withSplitter(LoginSplitter.domainBefore("/").or(LoginSplitter.atLastOf("@%")))
                .withPolicy(new DomainPolicy() {
                    @Override
                    public Optional<Domain> decide(Domain login, Domain connection) {
                        return policy.decide(login, connection);
                    }

                    @Override
                    public String toString() {
                        return policy.toString();
                    }
                });
        Pop3Server.Builder builder = configure(Pop3Server.builder(directory, store))
                .options(OPTIONS.withGreeting("vmail"))
                .listener(choices)
                .domains(connection -> domains.resolve(connection))
                .logins(deployment == Deployment.NATIVE ? logins.withDefaultDomain(MAIN) : logins)
                .listen(ANY_PORT)
                .listenTls(ANY_PORT)
                .listen(Listener.at(ANY_PORT).withProxyProtocol(TRUST))
                .listen(Listener.at(ANY_PORT).withTls().withProxyProtocol(TRUST));
        if (deployment == Deployment.EARLY) {
            builder.nativeDaemon(this::chain);
        } else if (deployment == Deployment.LATE) {
            Upstream upstream = Upstream.at(nativeDaemon.orElseThrow().boundAddress());
            builder.loginRoute(LoginRoute.mainDomain(MAIN, directory, upstream));
        }
        Pop3Server built = builder.build();
        built.start();
        return built;
    }

    private Pop3Server.Builder configure(Pop3Server.Builder builder) {
        return builder.tls(tls)
                .throttle(LoginThrottle.with(LoginThrottleOptions.defaults().withPenalties(List.of())));
    }

    /** Behind a listener with TLS there is a daemon with TLS. */
    private void chain(org.vmail.net.Connection client) throws IOException {
        boolean withTls = server.boundAddresses().indexOf(client.info().listener()) % 2 == 1;
        List<InetSocketAddress> daemon = nativeDaemon.orElseThrow().boundAddresses();
        NativeDaemon.tcp(daemon.get(withTls ? 1 : 0)).serve(client);
    }

    private static void deliver(InMemoryStore store, String account, String subject) throws IOException {
        try (Delivery delivery = store.begin(MailAddress.of(account))) {
            try (OutputStream out = delivery.message()) {
                out.write(("Subject: " + subject + "\r\n\r\n").getBytes(US_ASCII));
            }
            delivery.commit();
        }
    }

    Deployment deployment() {
        return deployment;
    }

    Directory directory() {
        return directory;
    }

    /** Changes the rules for who connects from now on. */
    void rules(DomainResolver resolver, DomainPolicy domainPolicy) {
        choices.choices.clear(); // ports come again
        domains = resolver;
        policy = domainPolicy;
    }

    InetSocketAddress address(Transport transport) {
        int index = (transport.isProxied() ? 2 : 0) + (transport.tls() == Transport.Tls.IMPLICIT ? 1 : 0);
        return server.boundAddresses().get(index);
    }

    /** What a client's connection was for, one after the other. */
    List<String> chosen(InetSocketAddress client) {
        return List.copyOf(new ArrayList<>(choices.choices.getOrDefault(client, List.of()))).stream()
                .distinct()
                .toList();
    }

    /** How many connections have reached the native daemon. */
    int nativeClients() {
        return nativeClients.get();
    }

    @Override
    public void close() {
        server.close();
        nativeDaemon.ifPresent(Pop3Server::close);
    }
}
