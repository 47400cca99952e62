package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Another server, whose every reply a test can change, and which remembers what it was told. Unless it is changed it lets
 * everybody in with one password, and answers any command with {@code +OK} and the command.
 */
final class FakeUpstream implements AutoCloseable {
    /** In the place of a reply: closes. */
    static final String CLOSE = "\0close";
    /** In the place of a reply: says nothing. */
    static final String SILENCE = "";

    private static final String GREETING = "";
    private static final String CAPABILITIES = String.join(
            "\r\n",
            "+OK what I can do",
            "TOP",
            "UIDL",
            "PIPELINING",
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "USER",
            "UTF8 USER",
            "LANG",
            ".\r\n");

    /** What it was told, in order, by all clients but those that asked for its capabilities only. */
    final List<String> heard = new CopyOnWriteArrayList<>();

    private final ServerSocket listening;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, String> replies = new ConcurrentHashMap<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile int pieceOctets = Integer.MAX_VALUE;

    FakeUpstream() throws IOException {
        listening = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
        replies.put(GREETING, "+OK fake ready\r\n");
        replies.put("CAPA", CAPABILITIES);
        replies.put("QUIT", "+OK bye\r\n" + CLOSE);
        threads.execute(this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort());
    }

    /** Sets what follows a command, octet for octet; {@link #CLOSE} may end it. */
    FakeUpstream reply(String verb, String octets) {
        replies.put(verb, octets);
        return this;
    }

    FakeUpstream greeting(String octets) {
        return reply(GREETING, octets);
    }

    /** Sends everything in pieces of so many octets. */
    FakeUpstream pieces(int octets) {
        pieceOctets = octets;
        return this;
    }

    int connections() {
        return sockets.size();
    }

    /** What it was told, beginning with a word. */
    List<String> heard(String verb) {
        return heard.stream().filter(line -> verb(line).equals(verb)).toList();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listening.accept();
                sockets.add(socket);
                threads.execute(() -> serve(socket));
            }
        } catch (IOException closed) {
            // That is how it ends.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            if (!say(socket, replies.get(GREETING))) {
                return;
            }
            for (String line = line(in); line != null; line = line(in)) {
                heard.add(line);
                if (!say(socket, replies.getOrDefault(verb(line), "+OK " + line + "\r\n"))) {
                    return;
                }
            }
        } catch (IOException left) {
            // It is the client's right to leave.
        } finally {
            sockets.remove(socket);
        }
    }

    /** Returns whether the connection goes on. */
    private boolean say(Socket socket, String reply) throws IOException {
        boolean close = reply.endsWith(CLOSE);
        byte[] octets = (close ? reply.substring(0, reply.length() - CLOSE.length()) : reply).getBytes(ISO_8859_1);
        for (int i = 0; i < octets.length; i += Math.min(pieceOctets, octets.length - i)) {
            socket.getOutputStream().write(octets, i, Math.min(pieceOctets, octets.length - i));
        }
        return !close;
    }

    private static String verb(String line) {
        return line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                return null;
            }
            line.write(octet);
        }
        return line.toString(ISO_8859_1).replaceFirst("\r$", "");
    }

    /** Ends all connections; their threads end with them. */
    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
