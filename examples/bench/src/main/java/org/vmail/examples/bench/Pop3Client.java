package org.vmail.examples.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.zip.CRC32C;

/**
 * A POP3 client that costs next to nothing: it knows how long each message will be, so it need not look for its end, and
 * compares a checksum.
 */
final class Pop3Client implements Closeable {
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final int BUFFER_OCTETS = 64 * 1024;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer;
    private final CRC32C checksum = new CRC32C();
    private int start;
    private int end;

    private Pop3Client(Socket socket, byte[] buffer) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
        this.buffer = buffer;
    }

    /** Connects, and hears the greeting. */
    static Pop3Client connect(InetSocketAddress server) throws IOException {
        return greeted(plain(server), BUFFER_OCTETS);
    }

    /** Connects for a session that does little. */
    static Pop3Client connectSmall(InetSocketAddress server) throws IOException {
        return greeted(plain(server), 1024);
    }

    /** Connects with TLS from the first octet on (RFC 8314, section 3.3). */
    static Pop3Client connect(InetSocketAddress server, TlsClient tls, String peer) throws IOException {
        Socket socket = plain(server);
        try {
            return greeted(tls.over(socket, peer), BUFFER_OCTETS);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket plain(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(server, TIMEOUT_MILLIS);
        return socket;
    }

    private static Pop3Client greeted(Socket socket, int bufferOctets) throws IOException {
        Pop3Client client = new Pop3Client(socket, new byte[bufferOctets]);
        try {
            client.ok();
            return client;
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    void login(String user, String password) throws IOException {
        command("USER " + user);
        command("PASS " + password);
    }

    /** Sends a command and returns the line of the answer, which has to be positive. */
    String command(String line) throws IOException {
        send(line);
        return ok();
    }

    void send(String line) throws IOException {
        out.write((line + "\r\n").getBytes(ISO_8859_1));
    }

    /** Sends a command with a multi-line answer, and returns how many lines it had. */
    int listing(String line) throws IOException {
        String first = command(line);
        int lines = 0;
        int length = 0;
        boolean dot = false;
        while (true) {
            byte octet = next();
            if (octet == '\n') {
                if (dot && length == 2) {
                    return lines;
                }
                lines++;
                length = 0;
            } else {
                dot = length == 0 ? octet == '.' : dot;
                if (++length > 512) {
                    throw new IOException("An endless line after " + first);
                }
            }
        }
    }

    /** Reads the answer to RETR, and checks that it is the message, octet for octet. */
    void message(StoredMail.Message expected) throws IOException {
        ok();
        checksum.reset();
        int left = expected.sentOctets();
        while (left > 0) {
            if (start == end) {
                fill();
            }
            int count = Math.min(left, end - start);
            checksum.update(buffer, start, count);
            start += count;
            left -= count;
        }
        if (checksum.getValue() != expected.checksum()) {
            throw new IOException("A message of " + expected.octets() + " octets came out wrong");
        }
    }

    /** Says goodbye and waits until the server has closed, so that all of its work is counted. */
    void quit() throws IOException {
        command("QUIT");
        if (start != end || in.read() >= 0) {
            throw new IOException("The server sent something behind its goodbye");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String ok() throws IOException {
        StringBuilder line = new StringBuilder();
        for (byte octet = next(); octet != '\n'; octet = next()) {
            line.append((char) (octet & 0xff));
        }
        if (line.indexOf("+OK") != 0) {
            throw new IOException("The server said " + line.toString().trim());
        }
        return line.toString().trim();
    }

    private byte next() throws IOException {
        if (start == end) {
            fill();
        }
        return buffer[start++];
    }

    private void fill() throws IOException {
        int count = in.read(buffer, 0, buffer.length);
        if (count < 0) {
            throw new IOException("The server closed the connection");
        }
        start = 0;
        end = count;
    }
}
