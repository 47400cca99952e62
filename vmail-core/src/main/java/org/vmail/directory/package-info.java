/**
 * Who exists: hosted domains, accounts and aliases.
 *
 * <p>{@link org.vmail.directory.Directory} is the interface; {@link org.vmail.directory.Directory#inMemory()}, {@link
 * org.vmail.directory.FileDirectory} in Linuxconf's files, {@link org.vmail.directory.SystemDirectory} for the system's own users, and
 * {@code org.vmail.directory.jdbc} are what there is, and {@code DirectoryContract} in the tests jar is what every one has to
 * pass. {@link org.vmail.directory.HostedDomain} has the settings of a domain. {@link org.vmail.directory.FileDirectoryEditor}
 * changes the files.
 */
@NullMarked
package org.vmail.directory;

import org.jspecify.annotations.NullMarked;
