package org.vmail.delivery.relay;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an administrator wants of a spool that another process has open: empty files in the folder {@code requests}, {@code
 * ID.retry}, {@code ID.return}, {@code ID.drop} or {@code all.retry}. Who has the spool open does it and removes the file.
 */
final class SpoolRequests {
    private static final String ALL = "all";
    private static final Pattern NAME = Pattern.compile("([0-9.]+)\\.(retry|return|drop)|all\\.retry");
    private static final Pattern ID = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

    /** Without an id it is about all messages. */
    record Request(SpoolAction action, Optional<String> id) {
        String fileName() {
            return id.orElse(ALL) + "." + action.name().toLowerCase(Locale.ROOT);
        }
    }

    private final Path folder;

    SpoolRequests(Path folder) {
        this.folder = folder;
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    Path folder() {
        return folder;
    }

    /** Leaves a request, unless it is there already. */
    void add(Request request) throws IOException {
        try {
            Files.createFile(folder.resolve(request.fileName()));
        } catch (FileAlreadyExistsException asWanted) {
            // It is still to be done.
        } catch (NoSuchFileException e) {
            throw new IOException("There is no spool in " + folder.getParent() + ", or it was never opened", e);
        }
    }

    boolean isThere(Request request) {
        return Files.exists(folder.resolve(request.fileName()));
    }

    /** Those that are there, by their files; a file that is none has no request. */
    Map<Path, Optional<Request>> list() throws IOException {
        Map<Path, Optional<Request>> requests = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                requests.put(file, parse(file.getFileName().toString()));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return requests;
    }

    private static Optional<Request> parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(
                matcher.group(1) == null
                        ? new Request(SpoolAction.RETRY, Optional.empty())
                        : new Request(
                                SpoolAction.valueOf(matcher.group(2).toUpperCase(Locale.ROOT)),
                                Optional.of(matcher.group(1))));
    }
}
