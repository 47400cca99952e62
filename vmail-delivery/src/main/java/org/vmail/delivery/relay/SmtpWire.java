package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.internal.OutboundConnection;
import org.vmail.net.internal.Threads;

/**
 * A connection to a mail server: commands out, replies in, each step within its time and all of them within a time of their
 * own. Used by one thread.
 */
final class SmtpWire implements Closeable {
    /** RFC 5321, section 4.5.3.1.5, allows 512; servers that explain themselves write more. */
    private static final int MAX_LINE_OCTETS = 4096;

    private static final int MAX_REPLY_LINES = 200;
    private static final CharMatcher LINE_ENDS = CharMatcher.anyOf("\r\n\0");
    private static final Logger LOG = LoggerFactory.getLogger(SmtpWire.class);
    private static final ScheduledExecutorService TIMER = Threads.timer("vmail-relay-deadlines");

    /** A step that may block. */
    private interface Step<T> {
        T run() throws IOException;
    }

    private final OutboundConnection connection;
    private final long deadline;
    private final ByteBuffer received = ByteBuffer.allocate(MAX_LINE_OCTETS).limit(0);
    private volatile boolean timedOut;

    /** @param total how long the connection may be in use */
    SmtpWire(OutboundConnection connection, Duration total) {
        this.connection = connection;
        this.deadline = System.nanoTime() + total.toNanos();
    }

    boolean isLocal() throws IOException {
        return connection.isLocal();
    }

    void startTls(SSLEngine engine, String applicationProtocol, Duration timeout) throws IOException {
        if (received.hasRemaining()) {
            // Somebody in the middle may want it to be taken for what the server says within TLS.
            throw new ProtocolException("something follows the reply to STARTTLS");
        }
        within(timeout, () -> {
            connection.startTls(engine, applicationProtocol);
            return true;
        });
    }

    /** Sends a command, the last line of defence against texts that would be two of them. */
    void send(String command, Duration timeout) throws IOException {
        if (LINE_ENDS.matchesAnyOf(command)) {
            throw new IllegalArgumentException("A command is one line");
        }
        write(ByteBuffer.wrap((command + "\r\n").getBytes(UTF_8)), timeout);
    }

    void write(ByteBuffer octets, Duration timeout) throws IOException {
        within(timeout, () -> {
            while (octets.hasRemaining()) {
                connection.write(octets);
            }
            return true;
        });
    }

    /** A whole reply; the time is for all of its lines. */
    SmtpReply readReply(Duration timeout) throws IOException {
        return within(timeout, this::readReply);
    }

    private SmtpReply readReply() throws IOException {
        List<String> lines = new ArrayList<>();
        int code = 0;
        while (lines.size() < MAX_REPLY_LINES) {
            SmtpReply.Line line = SmtpReply.Line.parse(readLine());
            if (!lines.isEmpty() && line.code() != code) {
                throw new ProtocolException("a reply with two codes");
            }
            code = line.code();
            lines.add(line.text());
            if (line.isLast()) {
                return new SmtpReply(code, lines);
            }
        }
        throw new ProtocolException("an endless reply");
    }

    /** A line without its end, one char for each octet. */
    private String readLine() throws IOException {
        int scanned = received.position();
        while (true) {
            for (; scanned < received.limit(); scanned++) {
                if (received.get(scanned) == '\n') {
                    return line(scanned);
                }
            }
            int pending = received.remaining();
            received.compact();
            boolean full = !received.hasRemaining();
            int count = full ? 0 : connection.read(received);
            received.flip();
            scanned = pending;
            if (full) {
                throw new ProtocolException("an endless line");
            }
            if (count < 0) {
                throw new EOFException("it closed without a reply");
            }
        }
    }

    private String line(int lineFeed) {
        byte[] octets = new byte[lineFeed - received.position()];
        received.get(octets).position(lineFeed + 1);
        int end = octets.length > 0 && octets[octets.length - 1] == '\r' ? octets.length - 1 : octets.length;
        return new String(octets, 0, end, ISO_8859_1);
    }

    private <T> T within(Duration timeout, Step<T> step) throws IOException {
        long nanos = Math.max(0, Math.min(timeout.toNanos(), deadline - System.nanoTime()));
        Future<?> guard = TIMER.schedule(this::timeOut, nanos, TimeUnit.NANOSECONDS);
        try {
            return step.run();
        } catch (IOException e) {
            if (timedOut) {
                SocketTimeoutException late = new SocketTimeoutException("it took too long");
                late.initCause(e);
                throw late;
            }
            throw e;
        } finally {
            guard.cancel(false);
        }
    }

    /** Ends what is under way. */
    private void timeOut() {
        timedOut = true;
        close();
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (IOException alreadyBroken) {
            LOG.debug("A connection closed badly: {}", alreadyBroken.toString());
        }
    }
}
