package org.vmail.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/** A file in a folder of somebody who may mean us harm, and may put a pipe in its place at any moment. */
public final class PlainFile {
    private PlainFile() {}

    /**
     * Reads a regular file.
     *
     * @param max how many octets are read at most
     * @throws NoSuchFileException if it is missing
     * @throws IOException if it cannot be read, or is something else, such as a symbolic link
     */
    public static byte[] read(Path file, int max) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isRegularFile()) {
            throw new IOException(file + " is no file; a symbolic link is not followed here");
        }
        return readWithoutWaiting(file, max);
    }

    /**
     * Opened to write as well, where that is allowed, so that opening a pipe waits for nobody. A pipe has no position, and so is
     * not read.
     */
    static byte[] readWithoutWaiting(Path file, int max) throws IOException {
        try (FileChannel channel = open(file);
                InputStream in = Channels.newInputStream(channel.position(0))) {
            return in.readNBytes(max);
        }
    }

    private static FileChannel open(Path file) throws IOException {
        try {
            return FileChannel.open(
                    file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException readOnly) {
            return FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        }
    }
}
