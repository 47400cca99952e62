package org.vmail.mailbox.maildir;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.QuotaContract;
import org.vmail.mailbox.QuotaPolicy;

class MaildirQuotaContractTest extends QuotaContract<MaildirStore> {
    @TempDir
    Path root;

    @Override
    protected MaildirStore store(QuotaPolicy policy) {
        return MaildirStore.under(root).withQuota(policy);
    }
}
