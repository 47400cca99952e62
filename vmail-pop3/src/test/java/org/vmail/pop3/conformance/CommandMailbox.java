package org.vmail.pop3.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A mailbox of a foreign server that a command of the tester fills. */
final class CommandMailbox implements MailboxFixture {
    private final String user;
    private final String password;
    private final String command;

    CommandMailbox(String user, String password, String command) {
        this.user = user;
        this.password = password;
        this.command = command;
    }

    @Override
    public String user() {
        return user;
    }

    @Override
    public String password() {
        return password;
    }

    @Override
    public void reset(List<byte[]> messages) throws IOException {
        Path folder = Files.createTempDirectory("conformance");
        try {
            for (int i = 0; i < messages.size(); i++) {
                Files.write(folder.resolve(String.format("%03d", i + 1)), messages.get(i));
            }
            Process process =
                    new ProcessBuilder(command, folder.toString()).inheritIO().start();
            if (process.waitFor() != 0) {
                throw new IOException(command + " ended with exit status " + process.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        } finally {
            remove(folder);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
