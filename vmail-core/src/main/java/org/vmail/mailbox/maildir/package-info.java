/**
 * Mailboxes in Maildir format: {@link org.vmail.mailbox.maildir.MaildirStore}, and {@link
 * org.vmail.mailbox.maildir.HomeMaildirStore} for those in the homes of the system's users.
 *
 * <p>{@link org.vmail.mailbox.maildir.MaildirImport} and {@link org.vmail.mailbox.maildir.UniqueIdSource} take over what another server had.
 */
@NullMarked
package org.vmail.mailbox.maildir;

import org.jspecify.annotations.NullMarked;
