/**
 * Reading a maildrop, and delivering into one.
 *
 * <p>The two sides do not know each other: a program that only serves mail implements {@link
 * org.vmail.mailbox.MaildropStore}, one that only takes it in implements {@link org.vmail.mailbox.DeliveryTarget}. The stores
 * of the library do both. {@code MaildropStoreContract} in the tests jar is what every store has to pass.
 */
@NullMarked
package org.vmail.mailbox;

import org.jspecify.annotations.NullMarked;
