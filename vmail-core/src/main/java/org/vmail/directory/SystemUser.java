package org.vmail.directory;

/**
 * A user of this machine, as passwd(5) lists it.
 *
 * @param name the login name
 * @param id the numerical user id
 * @param home the path of the home folder, as it stands there, so it may be empty
 */
public record SystemUser(String name, long id, String home) {}
