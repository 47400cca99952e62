package org.vmail.directory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A file whose lines are edited: every octet of every other line stays as it is, in whatever encoding. Not thread-safe; its
 * user has the {@link DirectoryLock}.
 */
final class EditableLines {
    /** Told before each step that changes something; what it throws stops there, as a crash would. For tests. */
    @FunctionalInterface
    interface Steps {
        void before(String step) throws IOException;
    }

    private static final Pattern BEHIND_LINE_END = Pattern.compile("(?<=\n)|(?<=\r)(?!\n)");
    private static final String BYTE_ORDER_MARK = latin("\ufeff");

    private final TextFile file;
    private final TextFile.Stamp stamp;
    /** Octets as characters, with their line ends. */
    private final List<String> lines;

    private EditableLines(TextFile file, TextFile.Stamp stamp, List<String> lines) {
        this.file = file;
        this.stamp = stamp;
        this.lines = lines;
    }

    /**
     * Reads a file, which need not exist.
     *
     * @throws IOException if it cannot be read, or is a symbolic link: replacing it would leave the file behind it as it is
     */
    static EditableLines read(Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            throw new IOException(path + " is a symbolic link, which is not followed when files are changed");
        }
        TextFile file = new TextFile(path);
        TextFile.Stamp stamp = file.stamp();
        String text = file.exists() ? new String(Files.readAllBytes(path), ISO_8859_1) : "";
        List<String> lines = text.isEmpty() ? List.of() : List.of(BEHIND_LINE_END.split(text));
        return new EditableLines(file, stamp, new ArrayList<>(lines));
    }

    Path path() {
        return file.path();
    }

    boolean exists() throws IOException {
        return file.exists();
    }

    /** The lines as text, without their ends. */
    List<String> texts() {
        return IntStream.range(0, lines.size()).mapToObj(this::text).toList();
    }

    private String text(int index) {
        String line = withoutEnd(lines.get(index));
        String text = index == 0 && line.startsWith(BYTE_ORDER_MARK) ? line.substring(BYTE_ORDER_MARK.length()) : line;
        return new String(text.getBytes(ISO_8859_1), UTF_8);
    }

    /** The first line that is somebody's. */
    Optional<String> find(LineOwner owner) {
        return texts().stream().filter(owner::has).findFirst();
    }

    /** Replaces the first line that is somebody's, or adds one at the end. */
    void put(LineOwner owner, String text) {
        for (int i = 0; i < lines.size(); i++) {
            if (owner.has(text(i))) {
                String line = lines.get(i);
                String mark = i == 0 && line.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
                lines.set(
                        i, mark + latin(text) + line.substring(withoutEnd(line).length()));
                return;
            }
        }
        add(text);
    }

    /** Adds a line at the end. */
    void add(String text) {
        int last = lines.size() - 1;
        String end = last >= 0 && lines.get(0).endsWith("\r\n") ? "\r\n" : "\n";
        if (last >= 0 && withoutEnd(lines.get(last)).length() == lines.get(last).length()) {
            lines.set(last, lines.get(last) + end);
        }
        lines.add(latin(text) + end);
    }

    /** Removes all lines that are somebody's, and says which they were. */
    List<String> remove(LineOwner owner) {
        List<String> removed = new ArrayList<>();
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (owner.has(text(i))) {
                removed.add(0, text(i));
                lines.remove(i);
            }
        }
        return removed;
    }

    /** Removes lines by their places. */
    void removeAt(Set<Integer> indexes) {
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (indexes.contains(i)) {
                lines.remove(i);
            }
        }
    }

    /**
     * Puts the lines in the place of the file, at once: a reader, and a crash, finds either the old file or the new one.
     *
     * @param ifNew who gets the file if there was none
     * @throws IOException if it cannot be written, or somebody without our lock has changed it since it was read; it is as it
     *     was then
     */
    void write(FileModes ifNew, Steps steps) throws IOException {
        Path path = path();
        FileModes modes = exists() ? FileModes.ofFile(path) : ifNew;
        Path unfinished = path.resolveSibling("." + path.getFileName() + ".new");
        steps.before("write " + path.getFileName());
        Files.deleteIfExists(unfinished); // of an editor that was killed
        try {
            try (FileChannel channel = FileChannel.open(
                    unfinished,
                    Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS),
                    FileModes.OWNER_ONLY.attributes(unfinished))) {
                modes.apply(unfinished);
                Channels.newOutputStream(channel).write(String.join("", lines).getBytes(ISO_8859_1));
                channel.force(true);
            }
            steps.before("rename " + path.getFileName());
            if (!file.stamp().equals(stamp)) {
                throw new IOException(path + " was changed by somebody else meanwhile; nothing is changed here");
            }
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        sync(path.toAbsolutePath().resolveSibling("."));
    }

    /** Makes what was renamed in a folder survive a crash of the machine. */
    static void sync(Path folder) throws IOException {
        if (!System.getProperty("os.name", "").startsWith("Windows")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static String withoutEnd(String line) {
        int end = line.length();
        while (end > 0 && (line.charAt(end - 1) == '\n' || line.charAt(end - 1) == '\r')) {
            end--;
        }
        return line.substring(0, end);
    }

    private static String latin(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }
}
