package org.vmail.examples.server;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** Something to be closed, if there is one. */
record Closing<T extends Closeable>(Optional<T> thing) implements Closeable {
    static <T extends Closeable> Closing<T> of(Optional<T> thing) {
        return new Closing<>(thing);
    }

    boolean isEmpty() {
        return thing.isEmpty();
    }

    T get() {
        return thing.orElseThrow();
    }

    @Override
    public void close() throws IOException {
        if (thing.isPresent()) {
            thing.get().close();
        }
    }
}
