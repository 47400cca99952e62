/** The embedding example of the README, as a program. */
@NullMarked
package org.vmail.examples.embedding;

import org.jspecify.annotations.NullMarked;
