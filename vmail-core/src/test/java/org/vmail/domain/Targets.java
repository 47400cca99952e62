package org.vmail.domain;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.vmail.net.ConnectionInfo;

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
        return new ConnectionInfo(new InetSocketAddress(target, 110), CLIENT, Optional.of(serverName), true);
    }
}
