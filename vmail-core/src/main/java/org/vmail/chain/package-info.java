/** Handing a connection that is not ours, untouched, to the native daemon. */
@NullMarked
package org.vmail.chain;

import org.jspecify.annotations.NullMarked;
