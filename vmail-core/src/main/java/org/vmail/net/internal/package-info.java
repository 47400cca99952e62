/** Listening, threads, deadlines and lines: the machinery under every vmail server. Not API. */
@NullMarked
package org.vmail.net.internal;

import org.jspecify.annotations.NullMarked;
