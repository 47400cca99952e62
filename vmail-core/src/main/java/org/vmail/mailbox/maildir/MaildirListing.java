package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import org.vmail.mailbox.UniqueId;

/** Which file holds which message, as the folders say it now. */
final class MaildirListing {
    private static final int MAX_TRIES = 3;

    private MaildirListing() {}

    /**
     * A file, and what its name says.
     *
     * @param path as the folder has it: the text of a name need not lead back to its octets
     */
    record Located(Path path, MessageName name) {}

    /**
     * Lists new before cur, so that a message that moves meanwhile is seen twice and not missed. A rename within cur can
     * hide a name from a listing; then the folder has changed, and is listed again.
     */
    static Map<UniqueId, Located> of(MaildirFolder mailbox) throws IOException {
        Map<UniqueId, Located> found = new HashMap<>();
        for (int i = 0; i < MAX_TRIES; i++) {
            found.clear();
            FileTime before = Files.getLastModifiedTime(mailbox.cur());
            list(mailbox.fresh(), found);
            list(mailbox.cur(), found);
            if (before.equals(Files.getLastModifiedTime(mailbox.cur()))) {
                break;
            }
        }
        return found;
    }

    private static void list(Path folder, Map<UniqueId, Located> found) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.startsWith(".")) {
                    MessageName message = new MessageName(name);
                    found.put(message.uniqueId(), new Located(file, message));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }
}
