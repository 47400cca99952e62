/** Mailboxes in mbox format, one file for each account. */
@NullMarked
package org.vmail.mailbox.mbox;

import org.jspecify.annotations.NullMarked;
