package org.vmail.pop3;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmail.chain.ProxyVersion;
import org.vmail.chain.Upstream;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.internal.ProxyHeader;

/** What we say on a new connection to another server, as its client, until the login is answered. */
final class UpstreamLogin {
    private static final int MAX_CAPABILITIES = 100;
    private static final int MAX_COMMAND_OCTETS = 255;

    /** The client has asked for UTF8, which the server said that it has, and now it has not. */
    static final class NoUtf8Exception extends IOException {
        private static final long serialVersionUID = 1;

        NoUtf8Exception(String message) {
            super(message);
        }
    }

    private final Upstream upstream;
    private final UpstreamWire wire;
    private final Optional<ConnectionInfo> client;
    private final boolean utf8;

    /**
     * Prepares a login; nothing is said yet.
     *
     * @param client on whose behalf; empty if on our own
     * @param utf8 whether the client has asked for UTF8
     */
    UpstreamLogin(Upstream upstream, UpstreamWire wire, Optional<ConnectionInfo> client, boolean utf8) {
        this.upstream = upstream;
        this.wire = wire;
        this.client = client;
        this.utf8 = utf8;
    }

    /**
     * Logs in.
     *
     * @return how the server has answered that
     * @throws IOException if it did not come to that
     */
    UpstreamReply logIn(UpstreamCredentials credentials) throws IOException {
        greet();
        if (utf8) {
            UpstreamReply reply = ask("UTF8"); // RFC 6856, section 2.1: before the login
            if (!reply.isOk()) {
                throw new NoUtf8Exception(upstream + " refuses UTF8: " + reply.clientText());
            }
        }
        return switch (upstream.loginForm()) {
            case USER_PASS -> userAndPass(credentials);
            case SASL_PLAIN -> saslPlain(credentials);
        };
    }

    /** Asks what the server can do, and takes leave. */
    UpstreamCapabilities capabilities() throws IOException {
        greet();
        UpstreamCapabilities capabilities =
                ask("CAPA").isOk() ? UpstreamCapabilities.of(lines()) : UpstreamCapabilities.least();
        wire.writeLine("QUIT");
        return capabilities;
    }

    private void greet() throws IOException {
        if (upstream.chainOptions().proxyHeader().isPresent()) {
            wire.writeAll(proxyHeader(upstream.chainOptions().proxyHeader().get()));
        }
        if (upstream.encryption() == Upstream.Encryption.TLS) {
            startTls();
        }
        expect(reply(), "to be there");
        if (upstream.encryption() == Upstream.Encryption.STLS) {
            expect(ask("STLS"), "STLS");
            startTls();
        }
        if (client.isPresent() && upstream.xclientTtl() > 0) {
            expect(ask(xclient(client.get().remote())), "XCLIENT");
        }
    }

    /** What the server is told of the client before anything else; that it is us, if we have a question of our own. */
    private ByteBuffer proxyHeader(ProxyVersion version) {
        ProxyHeader header = client.map(ProxyHeader::of).orElseGet(ProxyHeader::local);
        return ByteBuffer.wrap(
                switch (version) {
                    case V1 -> header.toV1();
                    case V2 -> header.toV2(true);
                });
    }

    private void startTls() throws IOException {
        InetSocketAddress address = upstream.address();
        wire.startTls(upstream.trust().orElseThrow().newEngine(address.getHostString(), address.getPort()));
    }

    private String xclient(InetSocketAddress remote) {
        return "XCLIENT ADDR=" + withoutZone(remote.getAddress().getHostAddress()) + " PORT=" + remote.getPort()
                + " TTL=" + upstream.xclientTtl();
    }

    /** Our name of a network card means nothing elsewhere. */
    private static String withoutZone(String address) {
        int zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
    }

    private UpstreamReply userAndPass(UpstreamCredentials credentials) throws IOException {
        UpstreamReply user = ask("USER " + credentials.userArgument());
        return user.isOk() ? ask("PASS " + credentials.passArgument()) : user;
    }

    /** What does not fit into a command waits for the challenge (RFC 5034, section 4), as it does for older servers. */
    private UpstreamReply saslPlain(UpstreamCredentials credentials) throws IOException {
        String message = credentials.plainMessage();
        String whole = "AUTH PLAIN " + message;
        boolean fits = whole.length() + 2 <= MAX_COMMAND_OCTETS;
        wire.writeLine(fits ? whole : "AUTH PLAIN");
        String line = wire.readLine();
        if (line.equals("+") || line.startsWith("+ ")) {
            return ask(message);
        }
        UpstreamReply reply = UpstreamReply.parse(line);
        if (reply.isOk() && !fits) {
            throw new ProtocolException("it accepts a login before it was told the password");
        }
        return reply;
    }

    private UpstreamReply ask(String command) throws IOException {
        wire.writeLine(command);
        return reply();
    }

    private UpstreamReply reply() throws IOException {
        return UpstreamReply.parse(wire.readLine());
    }

    private List<String> lines() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = wire.readLine(); !line.equals("."); line = wire.readLine()) {
            lines.add(line);
            if (lines.size() > MAX_CAPABILITIES) {
                throw new ProtocolException("more than " + MAX_CAPABILITIES + " capabilities");
            }
        }
        return lines;
    }

    private static void expect(UpstreamReply reply, String what) throws IOException {
        if (!reply.isOk()) {
            throw new IOException("it refuses " + what + ": " + reply.clientText());
        }
    }
}
