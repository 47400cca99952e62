/**
 * Is this the password of that account?
 *
 * <p>{@link org.vmail.auth.Authenticator} answers that; {@link org.vmail.auth.Authenticator#over(org.vmail.directory.Directory)} compares
 * with the hash in the directory, and a {@link org.vmail.auth.PasswordVerifier} asks a program about hashes that this library cannot
 * check. {@link org.vmail.auth.PasswordHasher} makes hashes. Tokens are for a {@link org.vmail.auth.TokenVerifier}. A {@link
 * org.vmail.auth.LoginThrottle} slows those down who guess, by network and by account; share one among all servers.
 *
 * <p>A back end that fails is an {@code IOException} and never a wrong password.
 */
@NullMarked
package org.vmail.auth;

import org.jspecify.annotations.NullMarked;
