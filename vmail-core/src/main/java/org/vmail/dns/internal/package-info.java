/** A small DNS client, for look-ups that need answers' lifetimes and particular servers. */
@NullMarked
package org.vmail.dns.internal;

import org.jspecify.annotations.NullMarked;
