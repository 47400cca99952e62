package org.vmail.mailbox.mbox;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one message in wire form, without a lock: its fingerprint tells whether it is the right one. The end of the message
 * is held back until that is known, so nobody takes a mixture of two messages for a whole one.
 */
final class MessageInputStream extends InputStream {
    private static final int CHUNK = 64 * 1024;

    private final MboxFile file;
    private final Lines lines;
    private final Fingerprint expected;
    private final MessageText text = new MessageText(this::put);
    private byte[] ready = new byte[0];
    private int next;
    private int limit;
    private byte[] ahead = new byte[0];
    private int filled;
    private boolean inSeparator = true;
    private boolean ended;

    private MessageInputStream(MboxFile file, MboxEntry entry) {
        this.file = file;
        this.lines = new Lines(file.between(entry.start(), entry.end()), entry.start());
        this.expected = entry.fingerprint();
    }

    /**
     * Opens a message.
     *
     * @param state the file when the message was found there
     * @return empty if it is not there any more
     */
    static Optional<InputStream> open(MboxPaths paths, MboxEntry entry, @Nullable FileState state) throws IOException {
        Optional<FileState> now = FileState.of(paths.mbox());
        if (now.isEmpty()) {
            return Optional.empty();
        }
        MboxFile file;
        try {
            file = MboxFile.forReading(paths);
        } catch (FileNotFoundException e) {
            if (FileState.of(paths.mbox()).isEmpty()) {
                return Optional.empty();
            }
            throw e;
        }
        boolean opened = false;
        try {
            MessageInputStream stream = new MessageInputStream(file, entry);
            // A long message is not read twice unless there is a reason to doubt.
            opened = stream.fill() && (stream.ended || now.get().equals(state) || isThere(file, entry));
            return opened ? Optional.of(stream) : Optional.empty();
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    /** Whether a message is where it was. */
    static boolean isThere(MboxFile file, MboxEntry entry) throws IOException {
        InputStream part = file.between(entry.start(), entry.end());
        Lines lines = new Lines(part, entry.start());
        MessageText text = new MessageText(MessageText.Sink.NONE);
        boolean separator = true;
        while (lines.next()) {
            if (separator) {
                text.separator(lines);
            } else {
                text.piece(lines);
            }
            separator &= !lines.last();
        }
        return lines.offset() == entry.end() && text.finish().equals(entry.fingerprint());
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (next == limit && !advance()) {
            return -1;
        }
        int count = Math.min(length, limit - next);
        System.arraycopy(ready, next, target, offset, count);
        next += count;
        return count;
    }

    @Override
    public int available() {
        return limit - next;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Makes ready what was read ahead, after reading further ahead. */
    private boolean advance() throws IOException {
        if (filled == 0) {
            return false;
        }
        byte[] free = ready;
        ready = ahead;
        next = 0;
        limit = filled;
        ahead = free;
        filled = 0;
        if (!ended && !fill()) {
            limit = 0;
            throw new IOException("A message was changed by another program while it was read");
        }
        return true;
    }

    /** Reads ahead; false if the message has ended and is another one. */
    private boolean fill() throws IOException {
        while (filled < CHUNK && lines.next()) {
            if (inSeparator) {
                text.separator(lines);
                inSeparator = !lines.last();
            } else {
                text.piece(lines);
            }
        }
        if (filled < CHUNK) {
            ended = true;
            return text.finish().equals(expected);
        }
        return true;
    }

    private void put(byte[] source, int offset, int length) {
        if (filled + length > ahead.length) {
            ahead = Arrays.copyOf(ahead, Math.max(filled + length, 2 * ahead.length));
        }
        System.arraycopy(source, offset, ahead, filled, length);
        filled += length;
    }
}
