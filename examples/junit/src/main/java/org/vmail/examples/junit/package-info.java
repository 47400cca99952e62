/** A mail server for each test: POP3 and LMTP on free ports, mailboxes in memory. */
@NullMarked
package org.vmail.examples.junit;

import org.jspecify.annotations.NullMarked;
