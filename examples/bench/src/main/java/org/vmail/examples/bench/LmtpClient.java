package org.vmail.examples.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;

/** An LMTP client that pipelines as Postfix does. */
final class LmtpClient implements Closeable {
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final int BUFFER_OCTETS = 64 * 1024;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private LmtpClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_OCTETS);
    }

    static LmtpClient connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(server, TIMEOUT_MILLIS);
        LmtpClient client = new LmtpClient(socket);
        client.expect("220");
        client.send("LHLO bench.example\r\n");
        client.out.flush();
        client.expect("250");
        return client;
    }

    /**
     * Delivers a message; every recipient has to be accepted, and to be answered when the message is stored.
     *
     * @param firstLine of the header
     * @param rest as it is sent, with the line that ends it
     */
    void deliver(List<String> recipients, String firstLine, byte[] rest) throws IOException {
        StringBuilder envelope = new StringBuilder("MAIL FROM:<sender@elsewhere.example>\r\n");
        for (String recipient : recipients) {
            envelope.append("RCPT TO:<").append(recipient).append(">\r\n");
        }
        send(envelope.append("DATA\r\n").toString());
        out.flush();
        expect("250");
        for (String ignored : recipients) {
            expect("250");
        }
        expect("354");
        send(firstLine);
        out.write(rest);
        out.flush();
        for (String ignored : recipients) {
            expect("250");
        }
    }

    void quit() throws IOException {
        send("QUIT\r\n");
        out.flush();
        expect("221");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void send(String text) throws IOException {
        out.write(text.getBytes(US_ASCII));
    }

    private void expect(String code) throws IOException {
        String line;
        do {
            line = line();
        } while (line.startsWith("-", 3));
        if (!line.startsWith(code)) {
            throw new IOException("The server said " + line);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        int octet;
        while ((octet = in.read()) != '\n') {
            if (octet < 0 || line.length() > 2_000) {
                throw new IOException("The server closed, or said too much");
            }
            line.append((char) octet);
        }
        return line.toString().trim();
    }
}
