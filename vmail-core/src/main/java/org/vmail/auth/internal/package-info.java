/** From what a client sent to an account: SASL and the other forms of login, for vmail's servers. */
@NullMarked
package org.vmail.auth.internal;

import org.jspecify.annotations.NullMarked;
