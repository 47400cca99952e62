package org.vmail.mailbox.mbox;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.MaildropStoreContract;

class MboxStoreTest extends MaildropStoreContract<MboxStore> {
    @TempDir
    Path root;

    @Override
    protected MboxStore newStore() {
        return MboxStore.under(root);
    }
}
