/**
 * Mailboxes in mbox format, one file for each account: {@link org.vmail.mailbox.mbox.MboxStore}.
 *
 * <p>Other programs may use the same files under the same {@link org.vmail.mailbox.mbox.MboxLocks}. {@link
 * org.vmail.mailbox.mbox.MboxReader} reads one to take its messages elsewhere.
 */
@NullMarked
package org.vmail.mailbox.mbox;

import org.jspecify.annotations.NullMarked;
