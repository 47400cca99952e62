/**
 * Delivery routed by the envelope recipient alone. {@link org.vmail.delivery.Deliverer} is where to begin.
 *
 * <p>An SMTP server that embeds it asks {@link org.vmail.delivery.Deliverer#accepts} at RCPT and calls {@link
 * org.vmail.delivery.Deliverer#deliver} after DATA; {@code org.vmail.delivery.lmtp} does both for an MTA on the same machine.
 */
@NullMarked
package org.vmail.delivery;

import org.jspecify.annotations.NullMarked;
