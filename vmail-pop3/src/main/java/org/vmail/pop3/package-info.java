/**
 * A POP3 server (RFC 1939) for many domains. {@link org.vmail.pop3.Pop3Server} is where to begin.
 *
 * <p>It asks a {@link org.vmail.domain.DomainResolver} which domain a connection is for, hands those that are not ours to a {@link
 * org.vmail.chain.NativeDaemon}, and serves all others from a {@link org.vmail.directory.Directory} and a {@link
 * org.vmail.mailbox.MaildropStore}. {@link org.vmail.pop3.Pop3Options} has its bounds, {@link org.vmail.pop3.Pop3Listener} learns what
 * happens, for logs and metrics.
 */
@NullMarked
package org.vmail.pop3;

import org.jspecify.annotations.NullMarked;
