package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;

/** A secret that nobody chose and that survives restarts. */
final class SecretFile {
    private static final int OCTETS = 32;

    private SecretFile() {}

    /**
     * Reads the secret. Without a file there is none yet, so it is made, for the owner only.
     *
     * @throws IOException if the file is too short, or can be neither read nor made
     */
    static byte[] readOrMake(Path file) throws IOException {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            make(file);
        }
        if (Files.size(file) < OCTETS || Files.size(file) > 1024) {
            throw new IOException("The secret in " + file + " must have " + OCTETS
                    + " to 1024 octets; remove the file, and a new one is made");
        }
        return Files.readAllBytes(file);
    }

    private static void make(Path file) throws IOException {
        byte[] secret = new byte[OCTETS];
        new SecureRandom().nextBytes(secret);
        Path unfinished = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                ".secret",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.write(unfinished, secret);
            Files.createLink(file, unfinished); // fails if another process was faster
        } catch (FileAlreadyExistsException e) {
            // then its secret counts
        } finally {
            Files.delete(unfinished);
        }
    }
}
