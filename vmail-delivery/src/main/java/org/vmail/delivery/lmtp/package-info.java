/**
 * An LMTP server (RFC 2033) for the MTA on the same machine or network: {@link org.vmail.delivery.lmtp.LmtpServer}.
 *
 * <p>It refuses unknown users and full mailboxes at RCPT, answers for each recipient as soon as its copy is synced, and ends a message at
 * CRLF.CRLF and at nothing else. {@link org.vmail.delivery.lmtp.LmtpOptions} has its bounds and what it offers, {@link
 * org.vmail.delivery.lmtp.LmtpListener} learns what happens.
 */
@NullMarked
package org.vmail.delivery.lmtp;

import org.jspecify.annotations.NullMarked;
