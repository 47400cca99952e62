package org.vmail.net.internal;

import com.google.common.base.Ascii;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.StandardConstants;
import org.jspecify.annotations.Nullable;
import org.vmail.internal.Printable;

/**
 * One side of TLS over a channel that blocks: the server's or the client's, as the engine is.
 *
 * <p>One thread may read while another writes. Closing the channel below ends both; this class holds nothing that needs
 * closing. While nobody reads or writes there is no buffer of more than {@value #IDLE_OCTETS} octets.
 */
final class TlsChannel {
    private static final int IDLE_OCTETS = 512;
    private static final int HANDSHAKE_OCTETS = 4096;
    private static final byte HANDSHAKE_RECORD = 22;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ByteChannel octets;
    private final SSLEngine engine;
    private final String peer;
    private final RequestedHost requestedHost = new RequestedHost();
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();

    /** Received and not decrypted, from its position to its limit. */
    private ByteBuffer received = NOTHING;

    /** Decrypted and not asked for, from its position to its limit. */
    private ByteBuffer decrypted = NOTHING;

    private int firstOctet = -1;
    private boolean inputEnded;

    TlsChannel(SSLEngine engine, String applicationProtocol, ByteChannel octets) {
        this.octets = octets;
        this.engine = engine;
        this.peer = engine.getUseClientMode() ? "server" : "client";
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {applicationProtocol});
        parameters.setSNIMatchers(List.of(requestedHost));
        engine.setSSLParameters(parameters);
    }

    /** Agrees with the peer on keys. When it fails the peer has been told why, and the channel is of no more use. */
    void handshake() throws IOException {
        reading.lock();
        writing.lock();
        ByteBuffer packets = newPackets();
        try {
            received = ByteBuffer.allocate(HANDSHAKE_OCTETS).limit(0);
            engine.beginHandshake();
            while (stepHandshake(packets)) {}
            send(packets);
        } catch (SSLException e) {
            alert();
            throw new IOException(
                    firstOctet == HANDSHAKE_RECORD
                            ? "The TLS handshake failed: " + text(e)
                            : "The " + peer + " does not speak TLS",
                    e);
        } finally {
            PacketBuffers.giveBack(packets);
            writing.unlock();
            reading.unlock();
        }
    }

    /** The session that was agreed on. */
    SSLSession session() {
        return engine.getSession();
    }

    /** The host name that the client asked for, in lower case. */
    Optional<String> serverName() {
        return requestedHost.name().or(() -> {
            List<SNIServerName> names = engine.getSession() instanceof ExtendedSSLSession session
                    ? session.getRequestedServerNames()
                    : List.of();
            return names.stream().findFirst().map(TlsChannel::hostText);
        });
    }

    /** Like {@link ByteChannel#read}. The end of the connection is the end of input, whether TLS was ended before or not. */
    int read(ByteBuffer target) throws IOException {
        reading.lock();
        try {
            int start = target.position();
            while (target.hasRemaining() && target.position() == start) {
                if (decrypted.hasRemaining()) {
                    moveDecrypted(target);
                } else if (inputEnded || !decrypt(target)) {
                    return -1;
                }
            }
            return target.position() - start;
        } finally {
            reading.unlock();
        }
    }

    /** Like {@link ByteChannel#write}; everything is written. */
    int write(ByteBuffer source) throws IOException {
        writing.lock();
        ByteBuffer packets = newPackets();
        try {
            int count = source.remaining();
            while (source.hasRemaining()) {
                encrypt(source, packets);
            }
            send(packets);
            return count;
        } catch (SSLException e) {
            throw broken(e);
        } finally {
            PacketBuffers.giveBack(packets);
            writing.unlock();
        }
    }

    /** Tells the peer that nothing more will be sent. What it sends can still be read, as far as its version allows. */
    void endOutput() throws IOException {
        writing.lock();
        try {
            engine.closeOutbound();
            sendPending();
        } finally {
            writing.unlock();
        }
    }

    /** One step of the handshake; returns whether there are more. */
    private boolean stepHandshake(ByteBuffer packets) throws IOException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> runTasks();
            case NEED_WRAP -> wrap(NOTHING, packets);
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                send(packets);
                unwrapHandshake();
            }
            case NOT_HANDSHAKING, FINISHED -> {
                return false;
            }
        }
        return true;
    }

    private void unwrapHandshake() throws IOException {
        SSLEngineResult result = engine.unwrap(received, NOTHING);
        switch (result.getStatus()) {
            case OK -> {}
            case BUFFER_UNDERFLOW -> {
                if (!receive()) {
                    throw new EOFException("The " + peer + " closed during the TLS handshake");
                }
            }
            case CLOSED -> throw new EOFException("The " + peer + " ended the TLS handshake");
            case BUFFER_OVERFLOW -> throw new SSLException("Data before the end of the handshake");
        }
    }

    /** Deals with one record, into the target if that has room for it. Returns whether there may be more. */
    private boolean decrypt(ByteBuffer target) throws IOException {
        try {
            SSLEngineResult result = engine.unwrap(received, target);
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
                decrypted = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
                result = engine.unwrap(received, decrypted);
                decrypted.flip();
            }
            switch (result.getStatus()) {
                case OK -> afterRecord();
                case BUFFER_UNDERFLOW -> inputEnded = !receive();
                case CLOSED -> {
                    inputEnded = true;
                    answer();
                }
                case BUFFER_OVERFLOW -> throw new SSLException("A record is larger than allowed");
            }
            return !inputEnded;
        } catch (SSLException e) {
            inputEnded = true;
            alert();
            octets.close();
            throw broken(e);
        }
    }

    private void moveDecrypted(ByteBuffer target) {
        int count = Math.min(decrypted.remaining(), target.remaining());
        target.put(decrypted.slice(decrypted.position(), count));
        decrypted.position(decrypted.position() + count);
        if (!decrypted.hasRemaining()) {
            decrypted = NOTHING;
        }
    }

    /** A record may have been no data: a change of keys in TLS 1.3, or the wish to begin again in TLS 1.2. */
    private void afterRecord() throws IOException {
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NOT_HANDSHAKING || engine.isOutboundDone()) {
            return;
        }
        if (!engine.getSession().getProtocol().equals("TLSv1.3")) {
            throw new SSLException("The " + peer + " asked for a renegotiation, which is refused");
        }
        runTasks();
        answer();
    }

    /** Sends what the engine has to say by itself, waiting for who is writing: a peer's requests cannot pile up. */
    private void answer() throws IOException {
        writing.lock();
        try {
            sendPending();
        } finally {
            writing.unlock();
        }
    }

    /** Tells the peer that the connection is broken, if it still listens. */
    private void alert() {
        try {
            endOutput();
        } catch (IOException alreadyGone) {
            // Nobody is left to be told.
        }
    }

    private void sendPending() throws IOException {
        ByteBuffer packets = newPackets();
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                    && wrap(NOTHING, packets).bytesProduced() > 0) {}
            send(packets);
        } finally {
            PacketBuffers.giveBack(packets);
        }
    }

    private void encrypt(ByteBuffer source, ByteBuffer packets) throws IOException {
        SSLEngineResult result = wrap(source, packets);
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            send(packets);
            throw new ClosedChannelException();
        }
        if (result.getStatus() == SSLEngineResult.Status.OK
                && result.bytesConsumed() == 0
                && result.bytesProduced() == 0) {
            throw new SSLException("The " + peer + " asked for a renegotiation, which is refused");
        }
    }

    /** Makes one record; first sends what is there if the buffer has no room for it. */
    private SSLEngineResult wrap(ByteBuffer source, ByteBuffer packets) throws IOException {
        SSLEngineResult result = engine.wrap(source, packets);
        if (result.getStatus() != SSLEngineResult.Status.BUFFER_OVERFLOW) {
            return result;
        }
        send(packets);
        result = engine.wrap(source, packets);
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
            throw new SSLException("A record is larger than its engine said");
        }
        return result;
    }

    private void send(ByteBuffer packets) throws IOException {
        packets.flip();
        while (packets.hasRemaining()) {
            octets.write(packets);
        }
        packets.clear();
    }

    /** Waits for octets, in a small buffer unless a record has begun that needs a large one. */
    private boolean receive() throws IOException {
        if (!received.hasRemaining()) {
            received = received.capacity() == IDLE_OCTETS ? received.clear() : ByteBuffer.allocate(IDLE_OCTETS);
        } else if (received.remaining() == received.capacity() || received.capacity() < HANDSHAKE_OCTETS) {
            int size = Math.max(engine.getSession().getPacketBufferSize(), 2 * received.remaining());
            received = ByteBuffer.allocate(size).put(received);
        } else {
            received.compact();
        }
        try {
            return octets.read(received) >= 0;
        } finally {
            received.flip();
            if (firstOctet < 0 && received.hasRemaining()) {
                firstOctet = received.get(0);
            }
        }
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private ByteBuffer newPackets() {
        return PacketBuffers.take(engine.getSession().getPacketBufferSize());
    }

    private static IOException broken(SSLException e) {
        return new IOException("The TLS connection broke: " + text(e), e);
    }

    private static String text(SSLException e) {
        return e.getMessage() == null ? "no reason given" : Printable.of(e.getMessage());
    }

    private static String hostText(SNIServerName name) {
        return Ascii.toLowerCase(
                name instanceof SNIHostName host
                        ? host.getAsciiName()
                        : new SNIHostName(name.getEncoded()).getAsciiName());
    }

    /** Accepts every name and remembers it: the session of a resumed connection does not tell, or tells the older one. */
    private static final class RequestedHost extends SNIMatcher {
        private volatile @Nullable String name;

        RequestedHost() {
            super(StandardConstants.SNI_HOST_NAME);
        }

        @Override
        public boolean matches(SNIServerName requested) {
            name = hostText(requested);
            return true;
        }

        Optional<String> name() {
            return Optional.ofNullable(name);
        }
    }
}
