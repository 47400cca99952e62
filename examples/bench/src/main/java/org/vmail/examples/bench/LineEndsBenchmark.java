package org.vmail.examples.bench;

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
import org.vmail.mailbox.internal.LineEnds;

/** Turning the line ends of a message of 25 KB, as RETR does on the way out and a delivery on the way in. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LineEndsBenchmark {
    private final byte[] stored = SampleMessage.stored();
    private final byte[] wire = SampleMessage.wire();
    private final byte[] target = new byte[wire.length + 1];

    /** LF to CRLF. */
    @Benchmark
    public int toWire() throws IOException {
        try (LineEnds.ToWire in = new LineEnds.ToWire(new ByteArrayInputStream(stored))) {
            int octets = 0;
            for (int count = 0; count >= 0; count = in.read(target, 0, 16 * 1024)) {
                octets += count;
            }
            return octets;
        }
    }

    /** CRLF to LF. */
    @Benchmark
    public int toStored() {
        return new LineEnds.ToStored().convert(wire, 0, wire.length, target, 0);
    }
}
