package org.vmail.domain;

import org.vmail.address.MailAddress;

/** Which account a login means, and which rule said so. */
public sealed interface LoginResolution {
    /**
     * The login means this account, which need not exist.
     *
     * @param address the account, under the main name of its domain
     * @param rule what decided, in one line without secrets
     */
    record Resolved(MailAddress address, String rule) implements LoginResolution {}

    /**
     * The login can mean no account.
     *
     * @param reason why, for the log and not for the client, in one line without secrets
     */
    record Refused(String reason) implements LoginResolution {}
}
