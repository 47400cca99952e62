package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A client that hands mail to an MTA. */
final class Smtp implements AutoCloseable {
    private static final int LIMIT_MILLIS = 60_000;

    private final Socket socket;
    private final BufferedReader replies;
    private final String extensions;

    Smtp(InetSocketAddress server) throws IOException {
        socket = new Socket(server.getAddress(), server.getPort());
        socket.setSoTimeout(LIMIT_MILLIS);
        replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
        assertThat(reply()).startsWith("220");
        extensions = ask("EHLO client.example");
    }

    static boolean answers(InetSocketAddress server) {
        try (Smtp client = new Smtp(server)) {
            return client.offers("8BITMIME");
        } catch (IOException notYet) {
            return false;
        }
    }

    boolean offers(String keyword) {
        return extensions.contains(keyword);
    }

    /** Sends a command and returns its whole reply. */
    String ask(String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(UTF_8));
        return reply();
    }

    /** Sends a message of whole lines and returns the reply to it. */
    String data(byte[] message) throws IOException {
        assertThat(ask("DATA")).startsWith("354");
        OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
        for (int i = 0; i < message.length; i++) {
            if (message[i] == '.' && (i == 0 || message[i - 1] == '\n')) {
                out.write('.');
            }
            out.write(message[i]);
        }
        out.flush();
        return ask(".");
    }

    private String reply() throws IOException {
        StringBuilder reply = new StringBuilder();
        String line;
        do {
            line = replies.readLine();
            if (line == null) {
                throw new EOFException("no reply");
            }
            reply.append(line).append('\n');
        } while (line.startsWith("-", 3));
        return reply.toString();
    }

    @Override
    public void close() throws IOException {
        try (socket) {
            String unheard = ask("QUIT");
            assertThat(unheard).startsWith("221");
        }
    }
}
