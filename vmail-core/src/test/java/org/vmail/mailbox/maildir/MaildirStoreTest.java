package org.vmail.mailbox.maildir;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.MaildropStoreContract;

class MaildirStoreTest extends MaildropStoreContract<MaildirStore> {
    @TempDir
    Path root;

    @Override
    protected MaildirStore newStore() {
        return MaildirStore.under(root);
    }
}
