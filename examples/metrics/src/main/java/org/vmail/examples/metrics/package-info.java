/** POP3 and LMTP sessions, and mail that is sent on, as Micrometer's counters and timers. */
@NullMarked
package org.vmail.examples.metrics;

import org.jspecify.annotations.NullMarked;
