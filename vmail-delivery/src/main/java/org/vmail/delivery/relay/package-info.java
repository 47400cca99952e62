/**
 * Mail for recipients elsewhere: {@link org.vmail.delivery.relay.SpoolRelay} keeps it in a folder until a {@link
 * org.vmail.delivery.relay.NextHop}, which mostly is a {@link org.vmail.delivery.relay.SmartHost}, has taken it or it has to
 * be returned; {@link org.vmail.delivery.relay.SendmailRelay} hands it to the local {@code sendmail} program instead.
 */
@NullMarked
package org.vmail.delivery.relay;

import org.jspecify.annotations.NullMarked;
