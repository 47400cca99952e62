package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.LoginSplitter;
import org.vmail.chain.NativeDaemon;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;
import org.vmail.domain.DomainPolicy;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.LoginResolver;
import org.vmail.net.ServerOptions;

/** Which domain a session is for, and who serves it: the target IP before a byte is read, then the login. */
class Pop3DomainTest {
    private static final Domain A = Domain.of("a.example");
    private static final Domain B = Domain.of("b.example");
    private static final String B_PASSWORD = "password of b 1001";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @TempDir
    private Path folder;

    private final Directory directory = Directory.inMemory()
            .account("joe@a.example", Pop3Fixture.PASSWORD)
            .account("joe@b.example", B_PASSWORD)
            .domain(HostedDomain.of(B).withAliases(List.of(Domain.of("alias.example"))))
            .build();

    /** Two target IPs: the first shared by all domains, the second that of b.example. */
    private Pop3Server start(LoginResolver logins) throws IOException {
        return pop3.startBare(
                Pop3Server.builder(directory, pop3.store),
                builder -> builder.listen(at("127.0.0.1"))
                        .listen(at("127.0.0.2"))
                        .logins(logins)
                        .domains(DomainResolver.addressTable(
                                        Map.of(at("127.0.0.2").getAddress(), B))
                                .or(DomainResolver.sharedAddresses(
                                        List.of(at("127.0.0.1").getAddress())))));
    }

    private Pop3Server start() throws IOException {
        return start(LoginResolver.over(directory));
    }

    private String logIn(Pop3Server server, int address, String login, String password) throws IOException {
        Pop3Client client = pop3.connectSilently(server, address);
        assertThat(client.status()).startsWith("+OK");
        String reply = client.logIn(login, password);
        client.raw().sendLine("QUIT");
        client.raw().readToEnd();
        return reply.substring(0, 4);
    }

    @Test
    void aBareLoginIsForTheDomainOfTheTargetAddress() throws Exception {
        Pop3Server server = start();

        assertThat(logIn(server, 1, "joe", B_PASSWORD)).isEqualTo("+OK ");
        assertThat(logIn(server, 1, "joe", Pop3Fixture.PASSWORD)).isEqualTo("-ERR");
        assertThat(sessions("account=joe@b.example", "address table has 127.0.0.2"))
                .isOne();
    }

    @Test
    void aLoginWithDomainChoosesOnASharedAddress() throws Exception {
        Pop3Server server = start();

        assertThat(logIn(server, 0, "joe@a.example", Pop3Fixture.PASSWORD)).isEqualTo("+OK ");
        assertThat(logIn(server, 0, "joe@b.example", B_PASSWORD)).isEqualTo("+OK ");
        assertThat(logIn(server, 0, "joe@b.example", Pop3Fixture.PASSWORD)).isEqualTo("-ERR");
        assertThat(sessions("account=joe@a.example", "the login names it")).isOne();
    }

    @Test
    void aBareLoginOnASharedAddressNeedsADefaultDomain() throws Exception {
        assertThat(logIn(start(), 0, "joe", Pop3Fixture.PASSWORD)).isEqualTo("-ERR");
        assertThat(logIn(start(LoginResolver.over(directory).withDefaultDomain(A)), 0, "joe", Pop3Fixture.PASSWORD))
                .isEqualTo("+OK ");
        assertThat(sessions("account=joe@a.example", "default domain")).isOne();
    }

    @Test
    void anAliasDomainMeansTheAccountsOfItsMainName() throws Exception {
        assertThat(logIn(start(), 0, "joe@alias.example", B_PASSWORD)).isEqualTo("+OK ");
        assertThat(logIn(start(), 1, "joe@alias.example", B_PASSWORD)).isEqualTo("+OK ");
        assertThat(sessions("account=joe@b.example", "")).isEqualTo(2);
    }

    @Test
    void theLoginWinsOverTheConnectionUnlessAPolicySaysOtherwise() throws Exception {
        assertThat(logIn(start(), 1, "joe@a.example", Pop3Fixture.PASSWORD)).isEqualTo("+OK ");

        LoginResolver connectionWins = LoginResolver.over(directory).withPolicy(DomainPolicy.connectionWins());
        assertThat(logIn(start(connectionWins), 1, "joe@a.example", B_PASSWORD)).isEqualTo("+OK ");

        Pop3Server mustAgree = start(LoginResolver.over(directory).withPolicy(DomainPolicy.mustAgree()));
        assertThat(logIn(mustAgree, 1, "joe@a.example", Pop3Fixture.PASSWORD)).isEqualTo("-ERR");
        assertThat(logIn(mustAgree, 1, "joe@b.example", B_PASSWORD)).isEqualTo("+OK ");
        assertThat(sessions("account=", "policy must agree")).isZero();
        assertThat(pop3.log().texts("policy must agree")).as("why it failed").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"joe@a.example", "joe%a.example", "joe:a.example"})
    void otherDelimitersAreASetting(String login) throws IOException {
        LoginResolver logins = LoginResolver.over(directory).withSplitter(LoginSplitter.atLastOf("@%:"));

        assertThat(logIn(start(logins), 0, login, Pop3Fixture.PASSWORD)).isEqualTo("+OK ");
    }

    @Test
    void theLogTellsAWrongDomainFromAWrongPassword() throws IOException {
        Pop3Server server = start();
        logIn(server, 0, "joe@wrong.example", Pop3Fixture.PASSWORD);
        logIn(server, 1, "joe", Pop3Fixture.WRONG_PASSWORD);

        assertThat(pop3.log().texts("Login failed")).hasSize(2);
        assertThat(pop3.log().texts("there is no account joe@wrong.example")).hasSize(1);
        assertThat(pop3.log().texts("wrong password for joe@b.example")).hasSize(1);
    }

    @Test
    void aLoginCannotForgeALogLine() throws IOException {
        Pop3Client client = pop3.connectSilently(start(), 0);
        client.status();

        for (String lineEnd : List.of("\u00c2\u0085", "\u00e2\u0080\u00a8", "\u0085")) {
            assertThat(client.ask("USER x" + lineEnd + "Session ended"))
                    .as("RFC 4013, section 2.3: control characters are in no name")
                    .startsWith("-ERR");
        }
        client.logIn("x\" rule=[y]", Pop3Fixture.PASSWORD);
        assertThat(pop3.log().texts("Login failed"))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("\\\""));
        assertThat(pop3.log().texts("")).noneMatch(text -> text.contains("\u0085") || text.contains("\u2028"));
    }

    @Test
    void theLogSaysWhatASessionDid() throws Exception {
        Pop3Client client = pop3.logInWith("one\r\n", "two\r\n", "three\r\n");
        client.message("RETR 1");
        client.message("RETR 2");
        client.ask("DELE 1");
        client.ask("QUIT");
        client.raw().readToEnd();
        pop3.stopAll();

        assertThat(pop3.log().texts("Session ended"))
                .singleElement()
                .satisfies(text -> assertThat(text)
                        .contains(
                                "account=joe@a.example",
                                "messages=3",
                                "retrieved=2",
                                "removed=1",
                                "in=73",
                                "end=[quit]"));
    }

    @Test
    void aConnectionForNobodyIsServedHereIfThereIsNoNativeDaemon() throws IOException {
        DomainResolver nobody = DomainResolver.sharedAddresses(List.of());
        Pop3Server server = pop3.startBare(
                Pop3Server.builder(directory, pop3.store),
                builder -> Pop3Fixture.onLoopback(builder)
                        .domains(nobody)
                        .logins(LoginResolver.over(directory).withDefaultDomain(A)));

        assertThat(logIn(server, 0, "joe", Pop3Fixture.PASSWORD)).isEqualTo("+OK ");
        assertThat(logIn(server, 0, "joe@b.example", B_PASSWORD)).isEqualTo("+OK ");
    }

    @Test
    void aNativeDaemonGetsTheConnectionUntouched() throws Exception {
        StringBuilder octets = new StringBuilder("USER early\r\n");
        for (int i = 0; i < 256; i++) {
            octets.append((char) i);
        }
        try (BackEnd backEnd = new BackEnd()) {
            Pop3Client client = pop3.connectSilently(chained(NativeDaemon.tcp(backEnd.address())), 0);
            backEnd.accepted.join();
            backEnd.mayGreet.complete(null);
            assertThat(client.raw().readLine()).isEqualTo("+OK native");
            assertThat(backEnd.beforeGreeting.join())
                    .as("octets that the back-end got before it greeted")
                    .isZero();

            client.raw().send(octets.toString());
            client.raw().shutdownOutput();
            assertThat(client.raw().readToEnd())
                    .as("what the back-end got, sent back")
                    .isEqualTo(octets.toString());
        }
        assertThat(pop3.log().texts("Chained to"))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("shared addresses have no 127.0.0.1"));
    }

    @Test
    void whatAClientSendsTooEarlyIsReadByTheNativeDaemonAndByNobodyElse() throws Exception {
        NativeDaemon echo = connection -> {
            ByteBuffer first = ByteBuffer.allocate(5);
            Channels.newInputStream(connection).readNBytes(first.array(), 0, 5);
            connection.write(first);
        };
        Pop3Client client = pop3.connectSilently(chained(echo), 0);
        client.raw().send("USER joe\r\n");

        assertThat(client.raw().readToEnd()).isEqualTo("USER ");
    }

    @Test
    void aHostedConnectionIsNotChained() throws Exception {
        NativeDaemon nobody = connection -> {
            throw new IllegalStateException("not for the native daemon");
        };
        Pop3Server server =
                pop3.start(builder -> builder.domains(DomainResolver.fixed(A)).nativeDaemon(nobody));

        assertThat(pop3.connect(server).logIn("joe", Pop3Fixture.PASSWORD)).startsWith("+OK");
    }

    @Test
    void aSharedConnectionIsNotChained() throws Exception {
        NativeDaemon nobody = connection -> {
            throw new IllegalStateException("not for the native daemon");
        };
        Pop3Server server = pop3.start(builder -> builder.nativeDaemon(nobody));

        assertThat(pop3.logIn(server).ask("STAT")).startsWith("+OK");
    }

    @Test
    void aNativeDaemonThatIsDownIsATemporaryError() throws IOException {
        Pop3Client client = pop3.connectSilently(chained(NativeDaemon.unixSocket(folder.resolve("nobody-listens"))), 0);

        assertThat(client.status()).startsWith("-ERR [SYS/TEMP] ").doesNotContain("nobody-listens");
        assertThat(client.raw().readToEnd()).isEmpty();
        assertThat(pop3.log().texts("nobody-listens")).isNotEmpty();
    }

    @Test
    void closingTheServerEndsIdleChainedConnectionsAtOnce() throws Exception {
        try (BackEnd backEnd = new BackEnd()) {
            backEnd.mayGreet.complete(null);
            Pop3Server server = pop3.start(builder -> chain(builder, NativeDaemon.tcp(backEnd.address()))
                    .serverOptions(ServerOptions.defaults().withDrainTimeout(Duration.ofMinutes(1))));
            Pop3Client client = pop3.connectSilently(server, 0);
            assertThat(client.raw().readLine()).isEqualTo("+OK native");
            assertTimeoutPreemptively(Duration.ofSeconds(20), server::close);

            assertThat(client.raw().readToEnd()).isEmpty();
        }
    }

    @Test
    void aDaemonThatIgnoresTheEndOfItsInputHoldsAShutdownForTheDrainTimeoutOnly() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) deaf.getLocalSocketAddress();
            Pop3Server server = pop3.start(builder -> chain(builder, NativeDaemon.tcp(address))
                    .serverOptions(ServerOptions.defaults().withDrainTimeout(Duration.ofMillis(200))));
            Pop3Client client = pop3.connectSilently(server, 0);
            try (Socket chained = deaf.accept()) {
                chained.getOutputStream().write("+OK deaf\r\n".getBytes(ISO_8859_1));
                assertThat(client.raw().readLine()).isEqualTo("+OK deaf");
                assertTimeoutPreemptively(Duration.ofSeconds(4), server::close);
            }
        }
    }

    private Pop3Server chained(NativeDaemon daemon) throws IOException {
        return pop3.start(builder -> chain(builder, daemon));
    }

    private static Pop3Server.Builder chain(Pop3Server.Builder builder, NativeDaemon daemon) {
        return builder.domains(DomainResolver.sharedAddresses(List.of())).nativeDaemon(daemon);
    }

    private long sessions(String account, String rule) throws Exception {
        pop3.stopAll();
        return pop3.log().texts("Session ended").stream()
                .filter(text -> text.contains(account) && text.contains(rule))
                .count();
    }

    private static InetSocketAddress at(String address) {
        return new InetSocketAddress(address, 0);
    }

    /** A native daemon for one connection: greets when it may, reads to the end, sends all of it back. */
    private static final class BackEnd implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final CompletableFuture<Void> accepted = new CompletableFuture<>();
        private final CompletableFuture<Void> mayGreet = new CompletableFuture<>();
        private final CompletableFuture<Integer> beforeGreeting = new CompletableFuture<>();
        private final CompletableFuture<Void> served = CompletableFuture.runAsync(this::serve);

        BackEnd() throws IOException {}

        InetSocketAddress address() {
            return (InetSocketAddress) listener.getLocalSocketAddress();
        }

        private void serve() {
            try (Socket socket = listener.accept();
                    InputStream in = socket.getInputStream()) {
                accepted.complete(null);
                mayGreet.join();
                beforeGreeting.complete(in.available());
                socket.getOutputStream().write("+OK native\r\n".getBytes(ISO_8859_1));
                byte[] all = in.readAllBytes();
                socket.getOutputStream().write(all);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            served.join();
        }
    }
}
