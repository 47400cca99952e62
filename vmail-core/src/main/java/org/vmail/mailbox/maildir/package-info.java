/** Mailboxes in Maildir format. */
@NullMarked
package org.vmail.mailbox.maildir;

import org.jspecify.annotations.NullMarked;
