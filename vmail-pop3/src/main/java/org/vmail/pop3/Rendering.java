package org.vmail.pop3;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.vmail.mailbox.internal.LineEnds;

/** How messages are shown to one client: with UTF-8 in the header or without, and with what old clients need. */
final class Rendering {
    private final Internationalized internationalized;
    private final boolean replacesNuls;
    private final boolean endsHeaders;

    Rendering(Pop3Options options, boolean utf8) {
        this.internationalized = utf8 ? Internationalized.AS_IS : options.internationalized();
        this.replacesNuls = options.workarounds().contains(Workaround.OUTLOOK_NO_NULS);
        this.endsHeaders = options.workarounds().contains(Workaround.OE_NS_EOH);
    }

    /** Whether a message without an empty line behind its header gets one. */
    boolean endsHeaders() {
        return endsHeaders;
    }

    /**
     * A message for this client.
     *
     * @param extraOctets by how many it is longer than the one that is stored
     */
    record Shown(InputStream content, int extraOctets) {}

    /**
     * What the client gets.
     *
     * @param wireForm the message, which stays the caller's to close
     * @return the message for this client, or empty if it gets none without saying UTF8
     */
    Optional<Shown> of(InputStream wireForm) throws IOException {
        InputStream shown = wireForm;
        int extraOctets = 0;
        if (internationalized != Internationalized.AS_IS && !hasAsciiHeader(wireForm)) {
            Surrogate surrogate = Surrogate.of(wireForm);
            if (surrogate.needsUtf8() && internationalized == Internationalized.REFUSE) {
                return Optional.empty();
            }
            shown = surrogate.content();
            extraOctets = surrogate.extraOctets();
        }
        return Optional.of(new Shown(replacesNuls ? new WithoutNuls(shown) : shown, extraOctets));
    }

    /** For nearly all messages one look is enough, and then nothing stands between them and the client. */
    private static boolean hasAsciiHeader(InputStream wireForm) throws IOException {
        return wireForm instanceof LineEnds.ToWire stored && stored.hasAsciiHeader();
    }

    private static final class WithoutNuls extends FilterInputStream {
        private static final byte REPLACEMENT = (byte) 0x80;

        WithoutNuls(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int octet = super.read();
            return octet == 0 ? REPLACEMENT & 0xff : octet;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = super.read(target, offset, length);
            for (int i = offset; i < offset + count; i++) {
                if (target[i] == 0) {
                    target[i] = REPLACEMENT;
                }
            }
            return count;
        }
    }
}
