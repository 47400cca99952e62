package org.vmail.domain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.vmail.internal.ManualClock;

/** A timer that goes by a clock that a test moves. */
final class ManualTimer implements CachedLookup.Timer {
    private record Task(long dueAt, Runnable action) {}

    private final ManualClock clock;
    private final List<Task> tasks = new ArrayList<>();

    ManualTimer(ManualClock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized void after(Duration delay, Runnable action) {
        tasks.add(new Task(clock.getAsLong() + delay.toNanos(), action));
    }

    /** How many tasks are not due yet. */
    synchronized int waiting() {
        return tasks.size();
    }

    /** Moves the clock and runs what is due. */
    void advance(Duration duration) {
        clock.advance(duration);
        due().forEach(task -> task.action().run());
    }

    private synchronized List<Task> due() {
        List<Task> due = tasks.stream()
                .filter(task -> clock.getAsLong() - task.dueAt() >= 0)
                .toList();
        tasks.removeAll(due);
        return due;
    }
}
