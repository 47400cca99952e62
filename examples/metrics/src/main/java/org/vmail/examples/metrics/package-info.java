/** POP3 and LMTP sessions as Micrometer's counters and timers. */
@NullMarked
package org.vmail.examples.metrics;

import org.jspecify.annotations.NullMarked;
