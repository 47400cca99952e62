/**
 * Who serves what is not ours: a whole connection, untouched (the early chain), or a login (the late chain).
 *
 * <p>A {@link org.vmail.chain.NativeDaemon} gets a connection of which nothing was read: on TCP, on a Unix socket, or as a program for
 * each connection. A {@link org.vmail.chain.LoginRoute} says of each login whether it is served here or by an {@link
 * org.vmail.chain.Upstream}, where it is then given. {@link org.vmail.chain.ConnectionRelay} is what both have in common, and
 * what a daemon of one's own may need.
 */
@NullMarked
package org.vmail.chain;

import org.jspecify.annotations.NullMarked;
