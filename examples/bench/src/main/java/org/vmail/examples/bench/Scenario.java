package org.vmail.examples.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Something to measure. */
interface Scenario {
    /** Its name on the command line. */
    String name();

    /** Whether it is measured unless others are named. */
    default boolean isUsual() {
        return true;
    }

    /** Measures it, and reports line by line. */
    void measure(Lab lab, Report report) throws IOException, InterruptedException;

    /** All there are, in the order of the report. */
    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>(SessionScenario.all());
        all.add(new LargeMaildrop(20_000, false));
        all.add(new LargeMaildrop(100_000, false));
        all.add(new LargeMaildrop(100_000, true));
        all.add(new IdleSessions(1_000, 0));
        all.add(new IdleSessions(1_000, 50));
        all.add(new IdleSessions(5_000, 50));
        all.addAll(ChainScenario.all());
        all.addAll(DeliveryScenario.all());
        all.add(new Start());
        return all;
    }
}
