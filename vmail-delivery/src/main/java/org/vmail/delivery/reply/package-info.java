/** Answers to mail that nobody has to write: {@link org.vmail.delivery.reply.AutoReply}. */
@NullMarked
package org.vmail.delivery.reply;

import org.jspecify.annotations.NullMarked;
