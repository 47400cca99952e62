package org.vmail.directory.jdbc;

import java.io.IOException;

/** The database could not be asked, which says nothing about what it has. */
final class Outage extends IOException {
    private static final long serialVersionUID = 1;

    /** It never has a cause: what drivers say may have the URL in it, and so a password. */
    Outage(String message) {
        super(message);
    }
}
