package org.vmail.examples.server;

/** A configuration file that cannot be used; the message names the file and the line. */
final class SettingsException extends Exception {
    private static final long serialVersionUID = 1L;

    SettingsException(String message) {
        super(message);
    }
}
