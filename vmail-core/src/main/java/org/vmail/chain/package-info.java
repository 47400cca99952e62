/** Who serves what is not ours: a whole connection, untouched (the early chain), or a login (the late chain). */
@NullMarked
package org.vmail.chain;

import org.jspecify.annotations.NullMarked;
