/**
 * What a server knows of a connection, and the bounds it keeps for all of them.
 *
 * <p>A {@link org.vmail.net.Listener} is an address, a Unix socket or an inherited socket, with TLS or a PROXY header as it is
 * configured; {@link org.vmail.net.ConnectionInfo} is what both ends are; {@link org.vmail.net.ServerOptions} has the limits that
 * both servers share; {@link org.vmail.net.TlsContext} is a server's certificates, {@link org.vmail.net.TlsTrust} whom a client
 * trusts.
 */
@NullMarked
package org.vmail.net;

import org.jspecify.annotations.NullMarked;
