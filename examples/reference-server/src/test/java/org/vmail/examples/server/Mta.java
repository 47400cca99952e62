package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;

/** A mail server of this machine, running in the foreground of a test, with vmail behind it. */
interface Mta {
    /** The files that users copy. */
    Path DOCS = Path.of("../../docs/mta");

    /** Where it takes mail. */
    InetSocketAddress address();

    /** What it says of mail that it could not deliver, so far. */
    String complaints() throws IOException, InterruptedException;

    boolean isQueueEmpty() throws IOException, InterruptedException;

    /** Tries all that waits, now. */
    void flush() throws IOException, InterruptedException;

    void stop() throws IOException, InterruptedException;

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** What vmail's neighbours are called in the files, and where they are here. */
    record Places(Path folder, int lmtp) {
        String translate(String text) {
            return text.replace("127.0.0.1:2424", "127.0.0.1:" + lmtp)
                    .replace("port = 2424", "port = " + lmtp)
                    .replace("[127.0.0.1] 2424", "[127.0.0.1] " + lmtp)
                    .replace("/usr/local/lib/vmail/", folder + "/")
                    .replace("/run/vmail/lmtp", folder + "/lmtp")
                    .replace("user=vmail", "user=nobody")
                    .replace(
                            "user = vmail",
                            "user = Debian-exim") // which Exim stays with another configuration than its own
                    .replace("U=vmail:vmail", "U=nobody:nogroup");
        }
    }

    /** Runs one of its programs; its environment is as little as an init system gives. */
    static Programs.Result run(Path libraries, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = Programs.builder(command);
        builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
        return Programs.run(builder, new byte[0]);
    }
}
