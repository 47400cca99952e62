package org.vmail.examples.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a server is started. Its configuration is in its folder already.
 *
 * @param name what the tables call it
 * @param folder holds all that it reads and writes
 * @param command runs it in the foreground
 * @param ports where it will listen
 * @param mailOwner who its mail has to belong to, if it does not run as we do
 * @param jcmd the tool that tells about its heap, if it has one
 */
record ServerSetup(
        String name, Path folder, List<String> command, Ports ports, Optional<String> mailOwner, Optional<Path> jcmd) {
    /** Where the Maildirs are, one for each user. */
    Path mail() {
        return folder.resolve("mail").resolve(Site.DOMAIN);
    }

    /** Where a server listens: for POP3 in clear text, with TLS from the first octet on, and for LMTP. */
    record Ports(InetSocketAddress pop3, InetSocketAddress pop3s, InetSocketAddress lmtp) {
        static Ports free() throws IOException {
            InetAddress loopback = InetAddress.getLoopbackAddress();
            try (ServerSocket first = new ServerSocket(0, 1, loopback);
                    ServerSocket second = new ServerSocket(0, 1, loopback);
                    ServerSocket third = new ServerSocket(0, 1, loopback)) {
                return new Ports(
                        new InetSocketAddress(loopback, first.getLocalPort()),
                        new InetSocketAddress(loopback, second.getLocalPort()),
                        new InetSocketAddress(loopback, third.getLocalPort()));
            }
        }
    }
}
