package org.vmail.pop3.matrix;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLHandshakeException;
import org.vmail.net.internal.ProxyHeader;

/** One login on one connection. */
final class Cell {
    /** Where the proxy's clients have connected to. */
    static final String BEHIND = "192.0.2.10";

    private static final AtomicInteger PORTS = new AtomicInteger();

    private final MatrixServer server;
    private final Evidence evidence;
    private final Transport transport;
    private final Policy policy;
    private final Login login;
    private InetSocketAddress client = InetSocketAddress.createUnresolved("nobody", 0);
    private String greeter = "";

    Cell(MatrixServer server, Evidence evidence, Transport transport, Policy policy, Login login) {
        this.server = server;
        this.evidence = evidence;
        this.transport = transport;
        this.policy = policy;
        this.login = login;
    }

    /** Plays it. Returns what became of it in the words of the page, or in other words. */
    String play() throws IOException {
        int before = server.nativeClients();
        String outcome;
        try (MatrixClient connection = new MatrixClient(server.address(transport))) {
            client = connection.address();
            if (transport.isProxied()) {
                connection.send(header());
            }
            outcome = play(connection);
        }
        return server.nativeClients() > before && !outcome.contains("native") ? "native " + outcome : outcome;
    }

    /** Who the server takes the client for. */
    InetSocketAddress client() {
        return client;
    }

    /** The greeting's text: who serves the connection. */
    String greeter() {
        return greeter;
    }

    MatrixServer server() {
        return server;
    }

    Evidence evidence() {
        return evidence;
    }

    Policy policy() {
        return policy;
    }

    Transport transport() {
        return transport;
    }

    Login login() {
        return login;
    }

    @Override
    public String toString() {
        return login.text() + " on " + transport.text() + ", " + policy.text();
    }

    private byte[] header() {
        ProxyHeader header = ProxyHeader.local();
        if (evidence.tellsAddresses()) {
            client = new InetSocketAddress("192.0.2.7", 1024 + PORTS.getAndIncrement() % 60000);
            ProxyHeader route = ProxyHeader.of(client, new InetSocketAddress(BEHIND, 110));
            Optional<String> authority = evidence.authority(transport);
            header = new ProxyHeader(route.route(), authority, Optional.empty(), Optional.empty(), Optional.empty());
        }
        return transport.proxyVersion() == 1 ? header.toV1() : header.toV2(true);
    }

    private String play(MatrixClient connection) throws IOException {
        String host = evidence.serverName().orElse(MatrixServer.HOST);
        if (transport.tls() == Transport.Tls.IMPLICIT && !startsTls(connection, host, tlsVersion())) {
            return "closed";
        }
        String greeting = connection.readLine();
        if (!greeting.startsWith("+OK ")) {
            return closed(connection, greeting);
        }
        greeter = greeting.substring(4);
        if (transport.tls() == Transport.Tls.STLS) {
            if (!connection.ask("STLS").startsWith("+OK")) {
                return "no STLS";
            }
            connection.startTls(host, tlsVersion());
        }
        String named = connection.ask("USER " + login.wire());
        if (!named.startsWith("+OK")) {
            return closed(connection, named);
        }
        String reply = connection.ask("PASS " + login.password());
        connection.send(reply.startsWith("+OK") ? "RETR 1\r\nQUIT\r\n" : "QUIT\r\n");
        String rest = connection.readToEnd();
        return reply.startsWith("+OK") ? account(rest) : code(reply);
    }

    private String tlsVersion() {
        return login == Login.BARE && evidence == Evidence.SERVER_NAME ? "TLSv1.3" : "TLSv1.2";
    }

    /** Whether the server does not close instead. */
    private static boolean startsTls(MatrixClient connection, String host, String version) throws IOException {
        try {
            connection.startTls(host, version);
            return true;
        } catch (SSLHandshakeException e) {
            if (e.getCause() instanceof EOFException) {
                return false;
            }
            throw e;
        }
    }

    /** The domain of the message, if it is the right user's. */
    private String account(String octets) {
        String right = "Subject: " + login.user() + ", ";
        return octets.lines()
                .filter(line -> line.startsWith(right))
                .map(line -> line.substring(right.length()))
                .findFirst()
                .orElse("logged in, and no message of " + login.user() + ": " + octets);
    }

    private static String closed(MatrixClient connection, String reply) throws IOException {
        String rest = connection.readToEnd();
        return rest.isEmpty() ? "closed " + code(reply) : reply + ", not closed: " + rest;
    }

    private static String code(String reply) {
        int end = reply.indexOf(']');
        return reply.startsWith("-ERR [") && end > 0 ? reply.substring(5, end + 1) : "no code: " + reply;
    }
}
