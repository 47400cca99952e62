/** Is this the password of that account? */
@NullMarked
package org.vmail.auth;

import org.jspecify.annotations.NullMarked;
