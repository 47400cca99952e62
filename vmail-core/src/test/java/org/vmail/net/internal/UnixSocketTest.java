package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.Listener;
import org.vmail.net.Network;
import org.vmail.net.ProxyTrust;
import org.vmail.net.ServerOptions;
import org.vmail.net.UnixClient;
import org.vmail.net.UnixSocket;
import org.vmail.net.internal.Wire.Line;

/** Listening on Unix sockets: who may connect, what is in the way, and what is left behind. */
@Timeout(60)
class UnixSocketTest {
    @TempDir
    Path folder;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private Path path() {
        return folder.resolve("socket");
    }

    private SocketServer start(Listener... listeners) throws IOException {
        return start(ServerOptions.defaults(), Duration.ofMinutes(1), listeners);
    }

    private SocketServer start(ServerOptions options, Duration timeout, Listener... listeners) throws IOException {
        List<SocketServer.Endpoint> endpoints = Stream.of(listeners)
                .map(listener -> new SocketServer.Endpoint(listener, new Teller(timeout)))
                .toList();
        SocketServer server =
                new SocketServer("unixtest", endpoints, options, max -> Threads.forConversations("unixtest", max));
        opened.push(server::close);
        server.bind();
        server.accept();
        return server;
    }

    private UnixClient connect() throws IOException {
        UnixClient client = UnixClient.connect(path());
        opened.push(client);
        return client;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void aClientIsServedAndCountsAsOneOfThisMachine() throws IOException {
        SocketServer server = start(Listener.unix(UnixSocket.at(path())));
        UnixClient client = connect();

        assertThat(client.readLine()).isEqualTo("unix -> unix loopback=true unix=true");
        assertThat(client.ask("x")).isEqualTo("x");
        assertThat(server.boundAddresses()).as("it has no address").isEmpty();
        assertThat(server.targetAddresses()).isEmpty();
        assertThat(files()).as("nothing but the socket").containsExactly(path());
    }

    @Test
    void anAddressIsListenedOnBesideIt() throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        SocketServer server = start(Listener.unix(UnixSocket.at(path())), Listener.at(any));

        assertThat(connect().readLine()).startsWith("unix");
        assertThat(server.boundAddresses()).hasSize(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Listener(Optional.of(any), Optional.of(UnixSocket.at(path())), false, Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw----", "rw-------", "rw-rw-rw-"})
    void theModeIsThatOfTheSetting(String mode) throws IOException {
        start(Listener.unix(UnixSocket.at(path()).withMode(PosixFilePermissions.fromString(mode))));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo(mode);
    }

    @Test
    void ownerAndGroupAreThoseOfTheSetting() throws IOException {
        String owner = Files.getOwner(folder).getName();
        String group = ((java.security.Principal) Files.getAttribute(folder, "posix:group")).getName();
        start(Listener.unix(UnixSocket.at(path()).withOwner(owner).withGroup(group)));

        assertThat(Files.getOwner(path()).getName()).isEqualTo(owner);
    }

    @Test
    void anOwnerWhoDoesNotExistIsNamedAndNothingIsLeft() throws IOException {
        assertThatIOException()
                .isThrownBy(() -> start(Listener.unix(UnixSocket.at(path()).withOwner("no-such-user-1234567"))))
                .withMessageContaining(path().toString());
        assertThat(files()).isEmpty();
    }

    @Test
    void closingRemovesTheFile() throws IOException {
        SocketServer server = start(Listener.unix(UnixSocket.at(path())));
        UnixClient client = connect();
        client.readLine();
        server.close();

        assertThat(client.readLine()).as("an idle client is told").isEqualTo("STOPPING");
        assertThat(client.readToEnd()).isEmpty();
        assertThat(files()).isEmpty();
        assertThatThrownBy(() -> UnixClient.connect(path())).isInstanceOf(IOException.class);
    }

    @Test
    void aSocketThatWasLeftBehindIsReplaced() throws IOException {
        leaveBehind(path());
        assertThat(Files.exists(path(), LinkOption.NOFOLLOW_LINKS)).isTrue();
        start(Listener.unix(UnixSocket.at(path())));

        assertThat(connect().readLine()).startsWith("unix");
    }

    @Test
    void aSocketThatSomebodyListensOnIsNotTaken() throws IOException {
        start(Listener.unix(UnixSocket.at(path())));
        assertThatIOException()
                .isThrownBy(() -> start(Listener.unix(UnixSocket.at(path()))))
                .withMessageContaining(path().toString())
                .withMessageContaining("another program");

        assertThat(connect().readLine()).as("the first one goes on").startsWith("unix");
    }

    @Test
    void aFullBacklogIsNoReasonToTakeASocket() throws IOException {
        try (ServerSocketChannel deaf = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            deaf.bind(UnixDomainSocketAddress.of(path()), 1);
            for (int i = 0; i < 2; i++) {
                connect();
            }
            assertThatIOException().isThrownBy(() -> start(Listener.unix(UnixSocket.at(path()))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "folder", "link", "dangling"})
    void whatIsNoSocketIsLeftAlone(String kind) throws IOException {
        switch (kind) {
            case "file" -> Files.writeString(path(), "precious");
            case "folder" -> Files.createDirectory(path());
            case "link" -> {
                leaveBehind(folder.resolve("elsewhere"));
                Files.createSymbolicLink(path(), folder.resolve("elsewhere"));
            }
            default -> Files.createSymbolicLink(path(), folder.resolve("nowhere"));
        }
        List<Path> before = files();

        assertThatIOException()
                .isThrownBy(() -> start(Listener.unix(UnixSocket.at(path()))))
                .withMessageContaining("no socket");
        assertThat(files()).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void aFolderThatIsMissingIsNamed() {
        Path missing = folder.resolve("missing/socket");
        assertThatIOException()
                .isThrownBy(() -> start(Listener.unix(UnixSocket.at(missing))))
                .withMessageContaining(missing.toString());
    }

    @Test
    void whatAnotherProgramHasPutThereStays() throws IOException {
        SocketServer server = start(Listener.unix(UnixSocket.at(path())));
        Files.delete(path());
        start(Listener.unix(UnixSocket.at(path())));
        server.close();

        assertThat(connect().readLine()).startsWith("unix");
    }

    @Test
    void aClientThatIsSilentIsTold() throws IOException {
        start(ServerOptions.defaults(), Duration.ofMillis(200), Listener.unix(UnixSocket.at(path())));
        UnixClient client = connect();
        client.readLine();

        assertThat(client.readLine()).isEqualTo("TIMED_OUT");
        assertThat(client.readToEnd()).isEmpty();
    }

    @Test
    void aProxyTellsForWhomItSpeaks() throws IOException {
        ProxyTrust trust = ProxyTrust.in(List.of(Network.of("127.0.0.1")));
        start(Listener.unix(UnixSocket.at(path())).withProxyProtocol(trust));
        UnixClient client = connect();
        client.send("PROXY TCP4 192.0.2.7 192.0.2.8 4711 24\r\n");

        assertThat(client.readLine()).isEqualTo("192.0.2.7:4711 -> 192.0.2.8:24 loopback=false unix=true");
    }

    @Test
    void allClientsCountAsOne() throws Exception {
        ServerOptions options = ServerOptions.defaults().withMaxConnectionsPerClient(2);
        start(options, Duration.ofMinutes(1), Listener.unix(UnixSocket.at(path())));
        for (int i = 0; i < 2; i++) {
            assertThat(connect().readLine()).startsWith("unix");
        }
        assertThat(connect().readToEnd()).isEqualTo("busy\r\n");
        opened.pop().close();
        opened.pop().close();
        await().untilAsserted(() -> assertThat(connect().readLine()).startsWith("unix"));
    }

    private static void leaveBehind(Path path) throws IOException {
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(path))
                .close();
    }

    /** Tells what is known of the connection, then repeats every line. */
    private record Teller(Duration timeout) implements SocketServer.Protocol {
        @Override
        public Optional<String> busyReply() {
            return Optional.of("busy");
        }

        @Override
        public Conversation begin(ClientConnection connection) {
            return new Conversation() {
                @Override
                public Optional<Duration> proceed() throws IOException {
                    Wire wire = new Wire(connection);
                    ConnectionInfo info = connection.info();
                    wire.writeLine(connection.clientText() + " -> " + connection.targetText() + " loopback="
                            + info.isLoopback() + " unix=" + info.isUnixSocket());
                    while (true) {
                        Line line = wire.readLine(100, timeout);
                        wire.writeLine(
                                line instanceof Line.Text text
                                        ? text.text()
                                        : ((Line.End) line).reason().name());
                        if (line instanceof Line.End) {
                            wire.flush();
                            return Optional.empty();
                        }
                    }
                }

                @Override
                public void end() {}
            };
        }
    }
}
