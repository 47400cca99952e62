package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Path;
import org.vmail.delivery.MailFiles;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxLocks;
import org.vmail.mailbox.mbox.MboxStore;

/** The files that aliases name. */
record AliasFiles(MboxLocks locks) implements MailFiles {
    @Override
    public Delivery mbox(Path file) throws IOException {
        return MboxStore.append(file, locks);
    }

    @Override
    public Delivery maildir(Path folder) throws IOException {
        return MaildirStore.deliverTo(folder);
    }
}
