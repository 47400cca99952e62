package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the names in a folder. */
@FunctionalInterface
interface FolderReader {
    /** The one that reads folders; others are for tests. It skips names that begin with a dot. */
    FolderReader SYSTEM = FolderReader::readSystem;

    /** Takes the names. */
    @FunctionalInterface
    interface Names {
        /**
         * Takes one.
         *
         * @param name as text
         * @param path null if the name leads back to the file, else where it is: the text of a name that has other than
         *     ASCII characters need not give its octets again
         */
        void add(String name, @Nullable Path path);
    }

    /** Passes on all names. */
    void read(Path folder, Names names) throws IOException;

    private static void readSystem(Path folder, Names names) throws IOException {
        int prefix = folder.toString().length() + 1;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.toString().substring(prefix);
                if (!name.startsWith(".")) {
                    names.add(name, isAscii(name) ? null : file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static boolean isAscii(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }
}
