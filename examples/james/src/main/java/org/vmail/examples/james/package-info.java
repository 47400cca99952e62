/** vmail's routing and delivery as a matcher and a mailet, and its logins in James's POP3 handler chain. */
@NullMarked
package org.vmail.examples.james;

import org.jspecify.annotations.NullMarked;
