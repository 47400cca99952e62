package org.vmail.pop3.matrix;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.vmail.net.TestCertificate;

/**
 * A client that can begin TLS at any time. Sessions are resumed, as those of mail clients are: in TLS 1.2 that spares the
 * exchange of keys, which would be most of what the matrix does.
 */
final class MatrixClient implements Closeable {
    private static final SSLContext TLS = TestCertificate.client();
    private static final int TIMEOUT_MILLIS = 20_000;

    private Socket socket;
    private InputStream in;

    MatrixClient(InetSocketAddress server) throws IOException {
        socket = new Socket(server.getAddress(), server.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    void send(byte[] octets) throws IOException {
        socket.getOutputStream().write(octets);
    }

    void send(String octets) throws IOException {
        send(octets.getBytes(ISO_8859_1));
    }

    /** Asks for a server, or for none if that is an address (RFC 6066, section 3). */
    void startTls(String host, String version) throws IOException {
        SSLSocket secure = (SSLSocket) TLS.getSocketFactory().createSocket(socket, host, socket.getPort(), true);
        secure.setEnabledProtocols(new String[] {version});
        secure.startHandshake();
        socket = secure;
        in = new BufferedInputStream(secure.getInputStream());
    }

    String ask(String line) throws IOException {
        send(line + "\r\n");
        return readLine();
    }

    /** A line without its end; empty at the end of the connection. */
    String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
            line.write(octet);
        }
        return line.toString(ISO_8859_1).stripTrailing();
    }

    String readToEnd() throws IOException {
        return new String(in.readAllBytes(), ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
