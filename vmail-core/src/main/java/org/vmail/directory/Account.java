package org.vmail.directory;

import org.vmail.address.MailAddress;

/**
 * Somebody who has a mailbox here.
 *
 * @param address the account's one canonical address; mailboxes are stored under it
 * @param passwordHash what its password is checked against
 */
public record Account(MailAddress address, PasswordHash passwordHash) {}
