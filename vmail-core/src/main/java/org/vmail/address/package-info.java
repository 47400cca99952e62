/** Values for domains, mail addresses and logins: checked once, immutable, and safe to use as folder names. */
@NullMarked
package org.vmail.address;

import org.jspecify.annotations.NullMarked;
