package org.vmail.pop3;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.vmail.examples.bench.SampleMessage;
import org.vmail.mailbox.internal.LineEnds;
import org.vmail.net.internal.DiscardingWire;
import org.vmail.pop3.Replies.LineLimit;

/** Writing a message of 25 KB as the lines of a reply, with and without turning its line ends first. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReplyBenchmark {
    private final byte[] stored = SampleMessage.stored();
    private final byte[] wire = SampleMessage.wire();
    private final Replies replies = new Replies(DiscardingWire.begin());

    /** What stuffing dots alone costs. */
    @Benchmark
    public long stuff() throws IOException {
        return replies.message(new ByteArrayInputStream(wire), wire.length, LineLimit.none(), false);
    }

    /** What RETR does between reading the file and writing to the socket. */
    @Benchmark
    public long convertAndStuff() throws IOException {
        return replies.message(
                new LineEnds.ToWire(new ByteArrayInputStream(stored)), wire.length, LineLimit.none(), false);
    }

    /** What TOP does with a message whose lines have to be counted. */
    @Benchmark
    public long top() throws IOException {
        return replies.message(
                new LineEnds.ToWire(new ByteArrayInputStream(stored)),
                wire.length,
                LineLimit.bodyLines(Integer.MAX_VALUE),
                false);
    }
}
