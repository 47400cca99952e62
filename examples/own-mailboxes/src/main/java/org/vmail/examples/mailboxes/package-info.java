/** Mailboxes that live in an application's own data, and a daemon of its own for everybody else's connections. */
@NullMarked
package org.vmail.examples.mailboxes;

import org.jspecify.annotations.NullMarked;
