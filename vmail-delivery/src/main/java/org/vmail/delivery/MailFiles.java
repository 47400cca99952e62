package org.vmail.delivery;

import java.io.IOException;
import java.nio.file.Path;
import org.vmail.mailbox.Delivery;

/**
 * Delivers into files that aliases name, which are no account's mailbox. Implementations are thread-safe, and neither follow
 * symbolic links nor make folders that are missing.
 */
public interface MailFiles {
    /**
     * Begins to append one message to a file in mbox format.
     *
     * @param file its absolute path; made if it is missing
     * @return the delivery, which the caller closes
     * @throws IOException if nothing can be delivered there now
     */
    Delivery mbox(Path file) throws IOException;

    /**
     * Begins to deliver one message into a maildir.
     *
     * @param folder its absolute path; made if it is missing and its parent is not
     * @return the delivery, which the caller closes
     * @throws IOException if nothing can be delivered there now
     */
    Delivery maildir(Path folder) throws IOException;
}
