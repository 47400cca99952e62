package org.vmail.examples.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Markdown, line by line as it is measured. Notes are what a reader of the figures has to know. */
final class Report {
    private final PrintStream out;
    private final List<String> notes = new ArrayList<>();

    Report(PrintStream out) {
        this.out = out;
    }

    void begin(List<String> circumstances) {
        circumstances.forEach(line -> out.println("* " + line));
        out.println();
        out.print(Figures.header());
        out.flush();
    }

    void add(Figures figures) {
        out.print(figures.markdown());
        out.flush();
    }

    void note(String text) {
        notes.add(text);
    }

    void end() {
        out.println();
        notes.forEach(note -> out.println("* " + note));
        out.flush();
    }
}
