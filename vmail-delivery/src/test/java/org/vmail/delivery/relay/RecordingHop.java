package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Outcome;

/** A next hop that keeps what it has taken, and refuses whom it is told to. */
final class RecordingHop implements NextHop {
    /** What one recipient got. */
    record Taken(String from, String to, String text) {}

    private final Map<String, Outcome> refusals = new ConcurrentHashMap<>();
    private final List<Taken> taken = new CopyOnWriteArrayList<>();
    private final List<List<String>> calls = new CopyOnWriteArrayList<>();
    private volatile boolean outOfOrder;

    RecordingHop refuse(String address) {
        refusals.put(address, new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "550 5.1.1 no such user"));
        return this;
    }

    RecordingHop defer(String address) {
        refusals.put(address, new Outcome.Deferred(new EnhancedStatus(4, 2, 1), "450 4.2.1 not now"));
        return this;
    }

    RecordingHop mend() {
        refusals.clear();
        outOfOrder = false;
        return this;
    }

    void breakDown() {
        outOfOrder = true;
    }

    List<Taken> taken() {
        return taken;
    }

    Stream<Taken> taken(String to) {
        return taken.stream().filter(one -> one.to().equals(to));
    }

    /** The recipients of each call, those of a call that failed included. */
    List<List<String>> calls() {
        return calls;
    }

    @Override
    public List<Result> send(OutboundMessage message) throws IOException {
        calls.add(message.recipients().stream().map(ForwardPath::address).toList());
        if (outOfOrder) {
            throw new IOException("nobody there");
        }
        String text;
        try (InputStream in = message.content().open()) {
            text = new String(in.readAllBytes(), UTF_8);
        }
        List<Result> results = new ArrayList<>();
        for (ForwardPath path : message.recipients()) {
            Outcome outcome = Optional.ofNullable(refusals.get(path.address())).orElseGet(Outcome.Accepted::new);
            if (outcome instanceof Outcome.Accepted) {
                taken.add(new Taken(message.reversePath().address(), path.address(), text));
            }
            results.add(new Result(outcome, Optional.of(outcome.text())));
        }
        return results;
    }
}
