package org.vmail.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;

/**
 * The blocks of a PEM file (RFC 7468), whatever text stands between them.
 *
 * @param origin the file, for messages
 * @param blocks what is in it, in its order
 */
record PemFile(String origin, List<Block> blocks) {
    static final int MAX_OCTETS = 1 << 20;

    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";
    private static final String BYTE_ORDER_MARK = "\ufeff";

    /**
     * One block.
     *
     * @param label what it says that it is
     * @param encrypted whether its header says that a password is needed (RFC 1421, section 4.6.1.1)
     * @param octets what it holds
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares blocks
    record Block(String label, boolean encrypted, byte[] octets) {
        /** The octets may be a private key. */
        @Override
        public String toString() {
            return label;
        }
    }

    static PemFile read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] octets = in.readNBytes(MAX_OCTETS + 1);
            if (octets.length > MAX_OCTETS) {
                throw new IOException(file + " is larger than 1 MiB");
            }
            return parse(new String(octets, UTF_8), file.toString());
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist", e);
        }
    }

    static PemFile parse(String text, String origin) throws IOException {
        String start = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        List<Block> blocks = new ArrayList<>();
        Iterator<String> lines = start.lines().map(String::strip).iterator();
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith(BEGIN) && line.endsWith(DASHES) && line.length() > BEGIN.length() + DASHES.length()) {
                blocks.add(block(line.substring(BEGIN.length(), line.length() - DASHES.length()), lines, origin));
            }
        }
        return new PemFile(origin, List.copyOf(blocks));
    }

    private static Block block(String label, Iterator<String> lines, String origin) throws IOException {
        StringBuilder base64 = new StringBuilder();
        boolean encrypted = false;
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.equals("-----END " + label + DASHES)) {
                return new Block(label, encrypted, decode(base64.toString(), label, origin));
            }
            if (line.startsWith(DASHES)) {
                break;
            }
            if (line.indexOf(':') < 0) {
                base64.append(line);
            } else if (line.startsWith("Proc-Type:")) {
                encrypted = line.endsWith("ENCRYPTED");
            }
        }
        throw new IOException(origin + ": a block \"" + label + "\" has no end");
    }

    private static byte[] decode(String base64, String label, String origin) throws IOException {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            // Without the cause, whose text may tell of a key.
            throw new IOException(origin + ": a block \"" + label + "\" is not base64");
        }
    }
}
