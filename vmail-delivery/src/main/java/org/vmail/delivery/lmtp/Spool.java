package org.vmail.delivery.lmtp;

import com.google.common.math.LongMath;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.vmail.delivery.MessageSpool;

/**
 * A message spool that never throws on writing: the client has to be read to the end of its message before it can be told
 * that the disk is full.
 */
final class Spool extends OutputStream {
    private final MessageSpool message;
    private Optional<IOException> failure = Optional.empty();

    /** The size limit is about what the client sends (RFC 1870, section 5), and not about the trace that we add. */
    Spool(LmtpOptions options, int traceOctets) {
        long maxOctets = LongMath.saturatedAdd(options.maxMessageOctets(), traceOctets);
        message = new MessageSpool(maxOctets, options.memoryOctets(), options.spoolFolder());
    }

    MessageSpool message() {
        return message;
    }

    Optional<IOException> failure() {
        return failure;
    }

    @Override
    public void write(int octet) {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) {
        if (failure.isPresent()) {
            return;
        }
        try {
            message.write(source, offset, length);
        } catch (IOException e) {
            failure = Optional.of(e);
        }
    }

    @Override
    public void close() throws IOException {
        message.close();
    }
}
