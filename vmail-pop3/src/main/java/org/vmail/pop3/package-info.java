/** A POP3 server (RFC 1939) for many domains. {@link org.vmail.pop3.Pop3Server} is where to begin. */
@NullMarked
package org.vmail.pop3;

import org.jspecify.annotations.NullMarked;
