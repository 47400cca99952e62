package org.vmail.pop3.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A server that says its lines whatever it hears: the next of them at the start, and behind each line that comes in. */
final class ScriptedServer implements AutoCloseable {
    /** Instead of a line: closes. */
    static final String CLOSE = "(close)";

    private final ServerSocket listening;
    private final List<String> script;
    private final List<Socket> clients = new ArrayList<>();
    private final StringBuilder heard = new StringBuilder();
    private final Thread thread;

    private ScriptedServer(List<String> script) throws IOException {
        this.script = script;
        this.listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        this.thread = new Thread(this::serve, "scripted server");
    }

    static ScriptedServer saying(String... octets) throws IOException {
        ScriptedServer server = new ScriptedServer(List.of(octets));
        server.thread.start();
        return server;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listening.getLocalSocketAddress();
    }

    /** What the last client said up to now. */
    synchronized String heard() {
        return heard.toString();
    }

    private void serve() {
        try {
            while (true) {
                Socket client = listening.accept();
                Thread conversation = new Thread(() -> converse(client), "scripted conversation");
                conversation.setDaemon(true);
                conversation.start();
            }
        } catch (IOException closed) {
            // The end of the test.
        }
    }

    private void converse(Socket client) {
        synchronized (this) {
            clients.add(client);
        }
        try (client) {
            int next = say(client, 0);
            for (int octet = client.getInputStream().read();
                    octet >= 0;
                    octet = client.getInputStream().read()) {
                synchronized (this) {
                    heard.append((char) octet);
                }
                if (octet == '\n') {
                    next = say(client, next);
                }
            }
        } catch (IOException closed) {
            // By either side.
        }
    }

    private int say(Socket client, int next) throws IOException {
        if (next < script.size() && script.get(next).endsWith(CLOSE)) {
            client.getOutputStream().write(script.get(next).replace(CLOSE, "").getBytes(ISO_8859_1));
            client.close();
        } else if (next < script.size()) {
            client.getOutputStream().write(script.get(next).getBytes(ISO_8859_1));
        }
        return next + 1;
    }

    @Override
    public void close() throws IOException {
        listening.close();
        synchronized (this) {
            for (Socket client : clients) {
                client.close();
            }
        }
    }
}
