/** What the vmail modules share and nobody else may see. */
@NullMarked
package org.vmail.internal;

import org.jspecify.annotations.NullMarked;
