/** Who exists: hosted domains, accounts and aliases. */
@NullMarked
package org.vmail.directory;

import org.jspecify.annotations.NullMarked;
