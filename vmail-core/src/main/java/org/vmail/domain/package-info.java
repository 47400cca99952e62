/** Which hosted domain a connection and a login are for. */
@NullMarked
package org.vmail.domain;

import org.jspecify.annotations.NullMarked;
