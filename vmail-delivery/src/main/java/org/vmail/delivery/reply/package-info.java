/**
 * Answers to mail that nobody has to write: {@link org.vmail.delivery.reply.AutoReply}.
 *
 * <p>Vacations and automatic answers in Linuxconf's files, with the manners of RFC 3834: none to lists, bulk mail, programs and empty
 * senders, and to each sender once in an interval.
 */
@NullMarked
package org.vmail.delivery.reply;

import org.jspecify.annotations.NullMarked;
