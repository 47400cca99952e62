package org.vmail.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** A client that sends and receives octets as they are; in its texts each char is one octet (ISO 8859-1). */
public final class RawClient implements Closeable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private Socket socket;
    private InputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Connects; no read waits longer than 20 seconds. */
    public static RawClient connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket(server.getAddress(), server.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        return new RawClient(socket);
    }

    /** Does a TLS handshake, and asks for a host that has a {@link TestCertificate}. */
    public void startTls(String host) throws IOException {
        SSLSocket secure = (SSLSocket)
                TestCertificate.client().getSocketFactory().createSocket(socket, host, socket.getPort(), true);
        secure.startHandshake();
        socket = secure;
        in = new BufferedInputStream(secure.getInputStream());
    }

    /** Sends octets. */
    public void send(String octets) throws IOException {
        send(octets.getBytes(ISO_8859_1));
    }

    /** Sends octets. */
    public void send(byte[] octets) throws IOException {
        socket.getOutputStream().write(octets);
    }

    /** Sends octets in pieces of 1 to {@code max} octets. */
    public void sendInPieces(String octets, int max, Random random) throws IOException {
        int from = 0;
        while (from < octets.length()) {
            int to = Math.min(octets.length(), from + 1 + random.nextInt(max));
            send(octets.substring(from, to));
            from = to;
        }
    }

    /** Sends a line that ends in CRLF. */
    public void sendLine(String line) throws IOException {
        send(line + "\r\n");
    }

    /** Reads a line that must end in CRLF, and returns it without; fails at the end of the connection. */
    public String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException("The server closed behind '" + line.toString(ISO_8859_1) + "'");
            }
            if (octet == '\n') {
                String text = line.toString(ISO_8859_1);
                if (!text.endsWith("\r")) {
                    throw new AssertionError("A line of the server ends in a bare LF: " + text);
                }
                return text.substring(0, text.length() - 1);
            }
            line.write(octet);
        }
    }

    /** How many octets can be read at once. */
    public int available() throws IOException {
        return in.available();
    }

    /** Sends a line and reads one. */
    public String ask(String line) throws IOException {
        sendLine(line);
        return readLine();
    }

    /** Reads until the server closes, or resets because it had not read all that was sent. */
    public String readToEnd() throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        try {
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                octets.write(octet);
            }
        } catch (SocketException | SSLException broken) {
            // Closed all the same.
        }
        return octets.toString(ISO_8859_1);
    }

    /** Says that nothing more will be sent. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends the connection with a TCP reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
