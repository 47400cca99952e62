/** What the mailbox formats share. Not API. */
@NullMarked
package org.vmail.mailbox.internal;

import org.jspecify.annotations.NullMarked;
