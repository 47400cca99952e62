/**
 * Measures the reference server beside a tuned Dovecot: {@link org.vmail.examples.bench.Bench} is the command line, {@link
 * org.vmail.examples.bench.Scenario} what is measured, docs/performance.md what came out.
 */
@NullMarked
package org.vmail.examples.bench;

import org.jspecify.annotations.NullMarked;
