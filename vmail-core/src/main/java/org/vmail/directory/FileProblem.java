package org.vmail.directory;

import java.nio.file.Path;

/**
 * A line that a directory could not use. The lines around it are used.
 *
 * @param file the file
 * @param line the number of the line, from 1; 0 if the whole file is meant
 * @param text what is wrong with it, without secrets
 */
public record FileProblem(Path file, int line, String text) {
    /**
     * The usual form of compilers and editors.
     *
     * @return {@code file:line: text}
     */
    @Override
    public String toString() {
        return line == 0 ? file + ": " + text : file + ":" + line + ": " + text;
    }
}
