package org.vmail.examples.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.maildir.MaildirStore;

/** Opening a maildrop, as each login does, and closing it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MaildirBenchmark {
    @Param({"50", "20000"})
    private int messages;

    private final MailAddress account = MailAddress.parse("joe@" + Site.DOMAIN).orElseThrow();
    private final Path root;
    private final MaildropStore store;

    /** Makes a folder, which is removed in the end. */
    public MaildirBenchmark() {
        try {
            root = Files.createTempDirectory("vmail-bench-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store = MaildirStore.under(root);
    }

    @Setup(Level.Trial)
    public void write() throws IOException {
        StoredMail.Contents ignored =
                StoredMail.write(root.resolve(Site.DOMAIN).resolve(account.localPart()), 0, messages, 500);
    }

    @TearDown(Level.Trial)
    public void remove() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Benchmark
    public int open() throws IOException {
        if (!(store.open(account) instanceof OpenResult.Opened opened)) {
            throw new IOException("Somebody else has the maildrop");
        }
        try (var maildrop = opened.maildrop()) {
            return maildrop.messages().size();
        }
    }
}
