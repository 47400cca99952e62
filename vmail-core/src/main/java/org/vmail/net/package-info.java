/** What a server knows of a connection, and the bounds it keeps for all of them. */
@NullMarked
package org.vmail.net;

import org.jspecify.annotations.NullMarked;
