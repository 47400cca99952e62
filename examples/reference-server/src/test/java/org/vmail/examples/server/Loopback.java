package org.vmail.examples.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** What of 127.0.0.0/8 this system has: all of it on Linux, one address elsewhere. */
final class Loopback {
    private Loopback() {}

    static void requireAddresses(String... addresses) {
        for (String address : addresses) {
            assumeTrue(isLocal(address), "this system has no address " + address);
        }
    }

    /** A port that was free a moment ago, for programs that cannot choose one themselves. */
    static int freePort(String address) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return socket.getLocalPort();
        }
    }

    private static boolean isLocal(String address) {
        try {
            return freePort(address) > 0;
        } catch (IOException e) {
            return false;
        }
    }
}
