package org.vmail.examples.mailboxes;

import java.time.LocalDate;
import org.vmail.address.MailAddress;

/**
 * Something that the application keeps, and not as mail.
 *
 * @param number which one
 * @param seller who is told of it
 * @param day when
 * @param cents for how much
 */
record Sale(long number, MailAddress seller, LocalDate day, long cents) {}
