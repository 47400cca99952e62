/** Mailboxes in memory, for tests and for mail that need not outlive the process. */
@NullMarked
package org.vmail.mailbox.memory;

import org.jspecify.annotations.NullMarked;
