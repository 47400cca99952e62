package org.vmail.examples.server;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What an exception says to people. */
final class Reasons {
    private Reasons() {}

    /** One of the JDK's often has a file name alone, or nothing. */
    static String of(Exception failure) {
        String text = failure.getMessage();
        if (text == null) {
            return failure.getClass().getSimpleName();
        }
        return failure instanceof FileSystemException file && file.getReason() == null
                ? text + ": " + kind(file)
                : text;
    }

    private static String kind(FileSystemException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        return failure instanceof NoSuchFileException
                ? "no such file"
                : failure.getClass().getSimpleName().replace("Exception", "");
    }
}
