package org.vmail.pop3.conformance;

import java.util.List;

/** An account whose mailbox can be reached by POP3 alone. */
record UnknownMailbox(String user, String password) implements MailboxFixture {
    @Override
    public void reset(List<byte[]> messages) {
        throw new UnsupportedOperationException("The mailbox of this account cannot be filled");
    }

    @Override
    public boolean canReset() {
        return false;
    }

    @Override
    public String toString() {
        return "mailbox of " + user;
    }
}
