package org.vmail.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import org.slf4j.Logger;

/** What a program says that nobody but the administrator is to read: a bounded part of it goes to a log. */
public final class Complaints {
    private static final int MAX_LOGGED_LINES = 50;
    private static final int MAX_LOGGED_CHARS = 200;

    private final Logger log;
    private final String name;
    private int lines;

    private Complaints(Logger log, String name) {
        this.log = log;
        this.name = name;
    }

    /**
     * Reads a stream to its end, lest the program wait for us, and logs its first lines as warnings.
     *
     * @param log where they go
     * @param name the program, for the log
     * @param text what it writes; closed here
     */
    public static void log(Logger log, String name, InputStream text) {
        try (Reader in = new BufferedReader(new InputStreamReader(text, UTF_8))) {
            new Complaints(log, name).copy(in);
        } catch (IOException e) {
            log.debug("What {} complained about was not all read: {}", name, e.toString());
        }
    }

    private void copy(Reader text) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = text.read(); c >= 0; c = text.read()) {
            if (c != '\n') {
                line.append(line.length() < MAX_LOGGED_CHARS ? String.valueOf((char) c) : "");
            } else {
                end(line);
            }
        }
        end(line);
    }

    private void end(StringBuilder line) {
        if (line.isEmpty()) {
            return;
        }
        lines++;
        if (lines <= MAX_LOGGED_LINES) {
            log.warn("{}: {}", name, Printable.of(line.toString()));
        } else if (lines == MAX_LOGGED_LINES + 1) {
            log.warn("{}: further lines are not logged", name);
        }
        line.setLength(0);
    }
}
