package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A client of the demo: it says lines, prints what both sides say, and insists on the answers it expects. */
final class Conversation implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;
    private final BufferedReader in;
    private final OutputStream out;

    Conversation(String title, InetSocketAddress address) throws IOException {
        System.out.println(title);
        socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        out = socket.getOutputStream();
    }

    void say(String line, String expected) throws IOException {
        send(line);
        expect(expected);
    }

    void deliver(String recipient, String... message) throws IOException {
        say("MAIL FROM:<ann@far.example>", "250 ");
        say("RCPT TO:<" + recipient + ">", "250 ");
        say("DATA", "354 ");
        for (String line : message) {
            send(line);
        }
        say(".", "250 ");
    }

    /** Prints lines until one begins as expected; what comes before it may only be a continuation of that reply. */
    void expect(String expected) throws IOException {
        String line = read();
        System.out.println("     S: " + line);
        while (line.startsWith(expected.strip() + "-")) {
            line = read();
            System.out.println("     S: " + line);
        }
        if (!line.startsWith(expected)) {
            throw new IOException("Expected " + expected + " but got: " + line);
        }
    }

    /** Prints a message to its end, but not what it says of its way. */
    void expectMessage() throws IOException {
        boolean shown = false;
        String line;
        do {
            line = read();
            shown |= line.startsWith("Subject:");
            System.out.print(shown ? "     S: " + line + "\n" : "");
        } while (!line.equals("."));
    }

    @Override
    public void close() throws IOException {
        System.out.println();
        socket.close();
    }

    private void send(String line) throws IOException {
        System.out.println("     C: " + line);
        out.write((line + "\r\n").getBytes(UTF_8));
        out.flush();
    }

    private String read() throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new IOException("The server closed the connection");
        }
        return line;
    }
}
