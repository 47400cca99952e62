/** An LMTP server (RFC 2033) for the MTA on the same machine or network. */
@NullMarked
package org.vmail.delivery.lmtp;

import org.jspecify.annotations.NullMarked;
