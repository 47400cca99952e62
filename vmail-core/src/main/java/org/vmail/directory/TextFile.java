package org.vmail.directory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file of lines, and a stamp that changes when it does. */
record TextFile(Path path) {
    private static final long MAX_OCTETS = 64L << 20;
    private static final String BYTE_ORDER_MARK = "\ufeff";
    private static final Stamp ABSENT = new Stamp(-1, -1, null);

    /** Equal stamps mean an unchanged file, as far as the file system's clock can tell. */
    record Stamp(long modified, long octets, @Nullable Object identity) {}

    Stamp stamp() throws IOException {
        try {
            BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
            return new Stamp(file.lastModifiedTime().to(NANOSECONDS), file.size(), file.fileKey());
        } catch (NoSuchFileException e) {
            return ABSENT;
        }
    }

    boolean exists() throws IOException {
        return !stamp().equals(ABSENT);
    }

    /** The lines, or none if the file does not exist. A link that leads nowhere is no such file: what it leads to is away. */
    List<String> lines() throws IOException {
        try {
            if (Files.size(path) > MAX_OCTETS) {
                throw new IOException(path + " is larger than 64 MiB");
            }
            String text = new String(Files.readAllBytes(path), UTF_8);
            return (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text)
                    .lines()
                    .toList();
        } catch (NoSuchFileException e) {
            if (Files.isSymbolicLink(path)) {
                throw new IOException(path + " is a symbolic link that leads nowhere", e);
            }
            return List.of();
        }
    }
}
