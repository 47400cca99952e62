package org.vmail.delivery.relay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Files of which one step fails, or is the last: then nothing more happens to them, as if the machine had stopped, and of
 * what was not synced half is lost.
 */
final class FaultyFiles extends SpoolFiles {
    private final int failing;
    private final boolean crash;
    private final Map<FileChannel, Path> unsynced = new HashMap<>();
    private int steps;
    private boolean dead;

    private FaultyFiles(int failing, boolean crash) {
        this.failing = failing;
        this.crash = crash;
    }

    static FaultyFiles failingAt(int step) {
        return new FaultyFiles(step, false);
    }

    static FaultyFiles crashingAt(int step) {
        return new FaultyFiles(step, true);
    }

    static FaultyFiles sound() {
        return new FaultyFiles(Integer.MAX_VALUE, false);
    }

    int steps() {
        return steps;
    }

    boolean hasFailed() {
        return steps >= failing;
    }

    /** Whether the machine has stopped, and with it all that would be done on it. */
    boolean isDead() {
        return dead;
    }

    private void step(String what) throws IOException {
        if (dead) {
            throw new IOException("the machine is off");
        }
        if (++steps != failing) {
            return;
        }
        if (crash) {
            dead = true;
            for (Path file : unsynced.values()) {
                if (Files.exists(file)) {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(channel.size() / 2);
                    }
                }
            }
        }
        throw new IOException("No space left on device, at " + what);
    }

    @Override
    FileChannel create(Path file) throws IOException {
        step("create " + file);
        FileChannel channel = super.create(file);
        unsynced.put(channel, file);
        return channel;
    }

    @Override
    void write(FileChannel file, ByteBuffer octets) throws IOException {
        int half = octets.remaining() / 2;
        int limit = octets.limit();
        octets.limit(octets.position() + half);
        super.write(file, octets);
        octets.limit(limit);
        step("write");
        super.write(file, octets);
    }

    @Override
    void sync(FileChannel file) throws IOException {
        step("sync");
        super.sync(file);
        unsynced.remove(file);
    }

    @Override
    void rename(Path from, Path to) throws IOException {
        step("rename " + from);
        super.rename(from, to);
        unsynced.replaceAll((channel, path) -> path.equals(from) ? to : path);
    }

    @Override
    void delete(Path file) throws IOException {
        step("delete " + file);
        super.delete(file);
    }

    @Override
    void syncFolder(Path folder) throws IOException {
        step("sync " + folder);
        super.syncFolder(folder);
    }
}
