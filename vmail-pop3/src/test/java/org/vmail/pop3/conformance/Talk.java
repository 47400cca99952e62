package org.vmail.pop3.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import javax.net.ssl.SSLSocket;

/** A connection to the server under test, with or without TLS. In its strings each char is one octet (ISO 8859-1). */
final class Talk implements Closeable {
    private static final int MAX_LINE = 1 << 24;
    private static final int SHOWN = 200;

    private final int timeoutMillis;
    private final Optional<Random> splitting;
    private final int maxPiece;
    /** The TCP connection. */
    private final Socket connected;

    /** The same, or TLS on it. */
    private Socket socket;

    private InputStream in;
    private boolean inputEnded;
    private boolean outputEnded;

    private Talk(Socket socket, Duration timeout, Optional<Random> splitting, int maxPiece) throws IOException {
        this.connected = socket;
        this.socket = socket;
        this.timeoutMillis = (int) timeout.toMillis();
        this.splitting = splitting;
        this.maxPiece = maxPiece;
        this.in = new BufferedInputStream(socket.getInputStream());
        socket.setSoTimeout(timeoutMillis);
        socket.setTcpNoDelay(true);
    }

    /** Connects; with a source of randomness, what is sent goes in pieces of at most so many octets. */
    static Talk connect(InetSocketAddress server, Duration timeout, Optional<Random> splitting, int maxPiece)
            throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(server, (int) timeout.toMillis());
            return new Talk(socket, timeout, splitting, maxPiece);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    void send(String octets) throws IOException, Mismatch {
        byte[] bytes = octets.getBytes(ISO_8859_1);
        OutputStream out = socket.getOutputStream();
        try {
            for (int from = 0; from < bytes.length; ) {
                int count =
                        splitting.isEmpty() ? bytes.length : 1 + splitting.get().nextInt(maxPiece);
                out.write(bytes, from, Math.min(count, bytes.length - from));
                from += count;
            }
        } catch (SocketException e) {
            // The server has closed. What it said before counts, so that is found out by reading.
            outputEnded = true;
        }
    }

    /** The next line without its CRLF. */
    String readLine() throws IOException, Mismatch {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (line.size() < MAX_LINE) {
            int octet = read(line);
            if (octet < 0) {
                throw new Mismatch("the server closed the connection" + behind(line));
            }
            if (octet == '\n') {
                return withoutCr(line.toString(ISO_8859_1));
            }
            line.write(octet);
        }
        throw new Mismatch("a line without end");
    }

    private static String withoutCr(String line) throws Mismatch {
        if (!line.endsWith("\r")) {
            throw new Mismatch("a line that ends in a bare LF: " + shown(line));
        }
        return line.substring(0, line.length() - 1);
    }

    private int read(ByteArrayOutputStream before) throws IOException, Mismatch {
        try {
            int octet = inputEnded ? -1 : in.read();
            inputEnded |= octet < 0;
            return octet;
        } catch (SocketTimeoutException e) {
            throw new Mismatch("nothing within " + timeoutMillis + " ms" + behind(before));
        } catch (SocketException e) {
            inputEnded = true;
            return -1;
        }
    }

    /** Reads on until the server closes, which it must do without another octet. */
    void expectClose() throws IOException, Mismatch {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        try {
            for (int octet = read(octets); octet >= 0 && octets.size() < SHOWN; octet = read(octets)) {
                octets.write(octet);
            }
        } catch (Mismatch e) {
            throw new Mismatch(
                    octets.size() > 0 ? "octets: " + shown(octets.toString(ISO_8859_1)) : "the connection stayed open");
        }
        if (octets.size() > 0) {
            throw new Mismatch("octets: " + shown(octets.toString(ISO_8859_1)));
        }
    }

    void expectSilence(Duration time) throws IOException, Mismatch {
        socket.setSoTimeout((int) time.toMillis());
        try {
            int octet = in.read();
            if (octet < 0) {
                inputEnded = true;
                throw new Mismatch("the server closed the connection");
            }
            socket.setSoTimeout(timeoutMillis);
            throw new Mismatch("octets: " + shown((char) octet + readLine()));
        } catch (SocketTimeoutException silent) {
            socket.setSoTimeout(timeoutMillis);
        }
    }

    /** Goes on in TLS; the caller knows whether the handshake should succeed. */
    void startTls(Step.TlsWish wish) throws IOException, Mismatch {
        if (in.available() > 0) {
            throw new Mismatch("octets before the handshake: " + shown(readLine()));
        }
        SSLSocket tls = TrustAll.handshake(socket, wish);
        socket = tls;
        in = new BufferedInputStream(tls.getInputStream());
    }

    /** Goes on in TLS before the conversation begins, so that the greeting, which has come before, seems to follow. */
    void startTlsByStls(Step.TlsWish wish) throws IOException, Mismatch {
        String greeting = readLine();
        send("STLS\r\n");
        String reply = readLine();
        if (!reply.startsWith("+OK")) {
            throw new Mismatch(shown(reply) + " to STLS");
        }
        startTls(wish);
        in = new SequenceInputStream(new ByteArrayInputStream((greeting + "\r\n").getBytes(ISO_8859_1)), in);
    }

    /** The channel binding tls-server-end-point (RFC 5929, section 4), for certificates that are signed with SHA-256. */
    byte[] serverEndPoint() throws IOException, Mismatch {
        if (!(socket instanceof SSLSocket tls)) {
            throw new Mismatch("no channel binding without TLS");
        }
        try {
            byte[] certificate = tls.getSession().getPeerCertificates()[0].getEncoded();
            return MessageDigest.getInstance("SHA-256").digest(certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has SHA-256 and X.509", e);
        }
    }

    void end(Step.Ending how) throws IOException {
        switch (how) {
            case CLOSES -> close();
            case HALF_CLOSES -> halfClose();
            case RESETS -> {
                connected.setSoLinger(true, 0);
                connected.close();
            }
        }
    }

    private void halfClose() {
        outputEnded = true;
        try {
            socket.shutdownOutput();
        } catch (IOException alreadyClosed) {
            // Then there is nothing to say.
        }
    }

    /** Whether the server may still say something. */
    boolean isOpen() {
        return !inputEnded && !socket.isClosed() && !connected.isClosed();
    }

    /** Says that nothing more will be sent, and expects that nothing more comes. */
    void finish() throws IOException, Mismatch {
        if (!outputEnded) {
            halfClose();
        }
        expectClose();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static String behind(ByteArrayOutputStream line) {
        return line.size() == 0 ? "" : " behind " + shown(line.toString(ISO_8859_1));
    }

    /** Octets for a person to read, as a transcript writes them. */
    static String shown(String octets) {
        StringBuilder shown = new StringBuilder("'");
        for (char octet : octets.substring(0, Math.min(SHOWN, octets.length())).toCharArray()) {
            switch (octet) {
                case '\r' -> shown.append("\\r");
                case '\n' -> shown.append("\\n");
                case '\\' -> shown.append("\\\\");
                default ->
                    shown.append(
                            octet >= ' ' && octet <= '~'
                                    ? Character.toString(octet)
                                    : String.format("\\x%02x", (int) octet));
            }
        }
        return octets.length() > SHOWN ? shown + "'... of " + octets.length() + " octets" : shown + "'";
    }
}
