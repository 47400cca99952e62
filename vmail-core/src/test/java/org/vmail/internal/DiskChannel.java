package org.vmail.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.vmail.internal.FaultyDisk.Operation;

/** An open file of a {@link FaultyDisk}. */
final class DiskChannel extends FileChannel {
    private final FaultyDisk disk;
    private final Path file;
    private final FileChannel real;

    DiskChannel(FaultyDisk disk, Path file, FileChannel real) {
        this.disk = disk;
        this.file = file;
        this.real = real;
    }

    /** An interrupt closes the real one, and with it this one. */
    private <T> T step(Operation operation, FaultyDisk.Call<T> call) throws IOException {
        try {
            return disk.step(operation, file, call);
        } finally {
            if (!real.isOpen() && isOpen()) {
                close();
            }
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return step(Operation.READ, () -> real.read(target));
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return step(Operation.READ, () -> real.read(target, position));
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return step(Operation.WRITE, () -> limited(source, real::write));
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        return step(Operation.WRITE, () -> limited(source, part -> real.write(part, position)));
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return step(Operation.WRITE, () -> {
            long written = 0;
            for (int i = offset; i < offset + length; i++) {
                int wanted = sources[i].remaining();
                int count = wanted == 0 ? 0 : limited(sources[i], real::write);
                written += count;
                if (count < wanted) {
                    break;
                }
            }
            return written;
        });
    }

    private interface Write {
        int of(ByteBuffer part) throws IOException;
    }

    private int limited(ByteBuffer source, Write write) throws IOException {
        int count = disk.take(source.remaining(), file);
        int limit = source.limit();
        source.limit(source.position() + count);
        try {
            disk.changed(file);
            return write.of(source);
        } finally {
            source.limit(limit);
        }
    }

    @Override
    public long position() throws IOException {
        return real.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        real.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return real.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        real.truncate(size);
        disk.changed(file);
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        Boolean unused = step(Operation.SYNC, () -> {
            if (Thread.currentThread().isInterrupted()) {
                real.force(metaData); // which closes it; else the real disk need not be bothered
            }
            disk.synced(file);
            return true;
        });
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return step(Operation.LOCK, () -> real.lock(position, size, shared));
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return step(Operation.LOCK, () -> real.tryLock(position, size, shared));
    }

    @Override
    protected void implCloseChannel() throws IOException {
        disk.closed(this);
        if (real.isOpen()) {
            Boolean unused = disk.step(Operation.CLOSE, file, () -> {
                real.close();
                return true;
            });
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
