package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.vmail.net.TestCertificate;

/** A client that can begin TLS when it wants to; in its texts each char is one octet. */
final class SecureClient implements Closeable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private Socket socket;
    private InputStream in;

    private SecureClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Connects, and neither reads nor sends anything. */
    static SecureClient connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket(server.getAddress(), server.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        return new SecureClient(socket);
    }

    /** Does the handshake, and asks for a host. */
    SecureClient startTls(String host) throws IOException {
        SSLSocket secure = (SSLSocket)
                TestCertificate.client().getSocketFactory().createSocket(socket, host, socket.getPort(), true);
        secure.startHandshake();
        socket = secure;
        in = new BufferedInputStream(secure.getInputStream());
        return this;
    }

    void send(String octets) throws IOException {
        socket.getOutputStream().write(octets.getBytes(ISO_8859_1));
    }

    String ask(String line) throws IOException {
        send(line + "\r\n");
        return readLine();
    }

    String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
            line.write(octet);
        }
        return line.toString(ISO_8859_1).stripTrailing();
    }

    List<String> lines(String command) throws IOException {
        send(command + "\r\n");
        List<String> lines = new ArrayList<>();
        for (String line = readLine(); !line.equals("."); line = readLine()) {
            lines.add(line);
        }
        return lines;
    }

    /** What comes until the server closes or breaks the connection. */
    String readToEnd() throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        try {
            in.transferTo(octets);
        } catch (SocketException | SSLException broken) {
            // Closed all the same.
        }
        return octets.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
