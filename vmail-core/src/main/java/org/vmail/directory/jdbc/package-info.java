/** A directory in a relational database, over {@code java.sql}; the driver and the pool are the application's. */
@NullMarked
package org.vmail.directory.jdbc;

import org.jspecify.annotations.NullMarked;
