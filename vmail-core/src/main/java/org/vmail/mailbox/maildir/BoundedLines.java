package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/** The lines of a list in a mailbox, not more than fit into memory. What is no ASCII is damaged and matches nothing. */
final class BoundedLines implements Closeable {
    /** A million messages, with room. */
    private static final long MAX_OCTETS = 256L << 20;

    private final Path file;
    private final BufferedReader reader;

    private BoundedLines(Path file, BufferedReader reader) {
        this.file = file;
        this.reader = reader;
    }

    /** Opens a list, or gives nothing if it does not exist. */
    static Optional<BoundedLines> open(Path file) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile() || attributes.size() > MAX_OCTETS) {
                throw new IOException(file + " is no regular file, or has more than " + MAX_OCTETS + " octets");
            }
            return Optional.of(new BoundedLines(
                    file,
                    new BufferedReader(
                            new InputStreamReader(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS), ISO_8859_1))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    Path file() {
        return file;
    }

    Optional<String> next() throws IOException {
        return Optional.ofNullable(reader.readLine());
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
