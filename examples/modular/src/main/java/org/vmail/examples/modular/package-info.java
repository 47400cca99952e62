/** A program on the module path. */
@NullMarked
package org.vmail.examples.modular;

import org.jspecify.annotations.NullMarked;
