/**
 * Values for domains, mail addresses and logins: checked once, immutable, and safe to use as folder names.
 *
 * <p>A name that came from outside is {@code parse}d into an {@code Optional}; {@code of} is for text that is known to be good. {@link
 * org.vmail.address.LoginSplitter} makes a user and perhaps a domain out of what a client says it is, in whatever form that is
 * usual at a site, and {@link org.vmail.address.LoginRewriting} changes it before.
 */
@NullMarked
package org.vmail.address;

import org.jspecify.annotations.NullMarked;
