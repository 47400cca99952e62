package org.vmail.examples.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** The micro-benchmarks; everything behind the name of the command is for JMH. */
@Command(name = "micro", description = "Runs the JMH micro-benchmarks; try 'micro -h'.")
final class Micro implements Callable<Integer> {
    @Unmatched
    private List<String> arguments = List.of();

    @Override
    public Integer call() throws IOException {
        org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
        return 0;
    }
}
