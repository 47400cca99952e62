/**
 * Which hosted domain a connection and a login are for.
 *
 * <p>A {@link org.vmail.domain.DomainResolver} is one piece of evidence, asked before a byte is read: tables of target addresses and ports,
 * the reverse look-up of the target address, the name in a TLS handshake. They combine by {@link
 * org.vmail.domain.DomainResolver#or} or must all agree. Its answer is a {@link org.vmail.domain.DomainChoice}: hosted, shared, or not
 * hosted. A {@link org.vmail.domain.LoginResolver} settles it with what the login says, by a {@link org.vmail.domain.DomainPolicy}.
 *
 * <p>Names of our own addresses are looked up when a server starts, and aside: no client waits for the DNS.
 */
@NullMarked
package org.vmail.domain;

import org.jspecify.annotations.NullMarked;
