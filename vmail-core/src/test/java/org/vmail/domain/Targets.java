package org.vmail.domain;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ProxiedConnection;

/** Addresses of the documentation ranges (RFC 5737, RFC 3849), and connections to them. */
final class Targets {
    static final InetAddress ONE = InetAddresses.forString("192.0.2.1");
    static final InetAddress TWO = InetAddresses.forString("192.0.2.2");
    static final InetAddress SIX = InetAddresses.forString("2001:db8::1");

    private static final InetSocketAddress CLIENT =
            new InetSocketAddress(InetAddresses.forString("198.51.100.7"), 40_000);

    private Targets() {}

    static ConnectionInfo connectionTo(InetAddress target) {
        return ConnectionInfo.plain(new InetSocketAddress(target, 110), CLIENT);
    }

    /** A connection with TLS, whose client named the server. */
    static ConnectionInfo encrypted(InetAddress target, String serverName) {
        InetSocketAddress local = new InetSocketAddress(target, 110);
        return new ConnectionInfo(local, CLIENT, Optional.of(serverName), true, local, Optional.empty());
    }

    /** A connection to port 110 of a proxy, which connects to our 10110 and told which server its client named. */
    static ConnectionInfo proxied(InetAddress target, Optional<String> serverName, String authority) {
        InetSocketAddress local = new InetSocketAddress(target, 110);
        InetSocketAddress own = new InetSocketAddress(InetAddress.getLoopbackAddress(), 10110);
        ProxiedConnection proxied = new ProxiedConnection(
                own, false, Optional.of(authority), Optional.empty(), Optional.empty(), Optional.empty());
        return new ConnectionInfo(local, CLIENT, serverName, serverName.isPresent(), own, Optional.of(proxied));
    }
}
