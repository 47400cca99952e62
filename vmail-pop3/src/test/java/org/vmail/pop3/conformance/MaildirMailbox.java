package org.vmail.pop3.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** A Maildir of a foreign server, written to directly. Lines end in LF there, so bare LF and CRLF are the same. */
record MaildirMailbox(String user, String password, Path folder) implements MailboxFixture {
    private static long counter;

    @Override
    public void reset(List<byte[]> messages) throws IOException {
        for (String part : List.of("cur", "new", "tmp")) {
            Files.createDirectories(folder.resolve(part));
            try (Stream<Path> old = Files.list(folder.resolve(part))) {
                for (Path file : old.toList()) {
                    Files.delete(file);
                }
            }
        }
        for (byte[] message : messages) {
            deliver(message);
        }
    }

    @Override
    public boolean canDeliver() {
        return true;
    }

    @Override
    public void deliver(byte[] message) throws IOException {
        // In the order of their names: the time in seconds, then a number that grows.
        String name = Instant.now().getEpochSecond() + ".M" + String.format("%06d", ++counter) + "P"
                + ProcessHandle.current().pid() + ".conformance";
        Path file = folder.resolve("tmp").resolve(name);
        Files.write(file, MessageOctets.withLineFeeds(message));
        Files.move(file, folder.resolve("new").resolve(name));
    }

    @Override
    public String toString() {
        return "Maildir " + folder;
    }
}
