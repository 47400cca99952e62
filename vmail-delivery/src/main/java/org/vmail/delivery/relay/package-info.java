/**
 * Mail for recipients elsewhere, sent on by a {@link org.vmail.delivery.relay.NextHop}, which mostly is a {@link
 * org.vmail.delivery.relay.SmartHost}.
 */
@NullMarked
package org.vmail.delivery.relay;

import org.jspecify.annotations.NullMarked;
