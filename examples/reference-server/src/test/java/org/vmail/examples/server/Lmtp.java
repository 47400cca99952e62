package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;

/** A client of an LMTP server, as small as an MTA can be. */
final class Lmtp implements AutoCloseable {
    private static final int LIMIT_MILLIS = 30_000;

    private final Socket socket;
    private final BufferedReader replies;

    Lmtp(InetSocketAddress server) throws IOException {
        socket = new Socket(server.getAddress(), server.getPort());
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.setTcpNoDelay(true);
        replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
        expect("220");
        say("LHLO mta.example\r\n");
        expect("250");
    }

    /** Delivers a message of whole lines; returns when the server has answered for it. */
    void deliver(String recipient, byte[] message) throws IOException {
        deliver("ann@far.example", recipient, message);
    }

    void deliver(String sender, String recipient, byte[] message) throws IOException {
        begin(sender, recipient, message);
        say(".\r\n");
        expect("250");
    }

    /** Delivers all of a message but its end. */
    void begin(String recipient, byte[] message) throws IOException {
        begin("ann@far.example", recipient, message);
    }

    private void begin(String sender, String recipient, byte[] message) throws IOException {
        say("MAIL FROM:<" + sender + ">\r\nRCPT TO:<" + recipient + ">\r\nDATA\r\n");
        expect("250");
        expect("250");
        expect("354");
        socket.getOutputStream().write(stuffed(message));
    }

    /** Delivers a message to several; returns when the server has answered for each. */
    void deliver(List<String> recipients, byte[] message) throws IOException {
        say("MAIL FROM:<ann@far.example>\r\n");
        expect("250");
        for (String recipient : recipients) {
            say("RCPT TO:<" + recipient + ">\r\n");
            expect("250");
        }
        say("DATA\r\n");
        expect("354");
        socket.getOutputStream().write(stuffed(message));
        say(".\r\n");
        for (String ignored : recipients) {
            expect("250");
        }
    }

    /** What the server says to a recipient of a message that is not sent. */
    String answerTo(String recipient) throws IOException {
        say("MAIL FROM:<>\r\n");
        expect("250");
        say("RCPT TO:<" + recipient + ">\r\n");
        return read();
    }

    /** The next line that the server says, or null at the end. */
    String read() throws IOException {
        return replies.readLine();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void say(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    private void expect(String code) throws IOException {
        String line = read();
        while (line != null && line.startsWith(code + "-")) {
            line = read();
        }
        assertThat(line).startsWith(code + " ");
    }

    private static byte[] stuffed(byte[] message) {
        ByteArrayOutputStream stuffed = new ByteArrayOutputStream();
        for (int i = 0; i < message.length; i++) {
            if (message[i] == '.' && (i == 0 || message[i - 1] == '\n')) {
                stuffed.write('.');
            }
            stuffed.write(message[i]);
        }
        return stuffed.toByteArray();
    }
}
