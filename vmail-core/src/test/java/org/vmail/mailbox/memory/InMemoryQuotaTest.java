package org.vmail.mailbox.memory;

import org.vmail.mailbox.QuotaContract;
import org.vmail.mailbox.QuotaPolicy;

class InMemoryQuotaTest extends QuotaContract<InMemoryStore> {
    @Override
    protected InMemoryStore store(QuotaPolicy policy) {
        return new InMemoryStore().withQuota(policy);
    }
}
