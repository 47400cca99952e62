/**
 * A mail server assembled from the public API of vmail and nothing else. {@link
 * org.vmail.examples.server.ReferenceServer} is the assembly, {@link org.vmail.examples.server.Settings} what it is told.
 */
@NullMarked
package org.vmail.examples.server;

import org.jspecify.annotations.NullMarked;
