package org.vmail.examples.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The micro-benchmarks; everything behind a double dash is for JMH. */
@Command(name = "micro", description = "Runs the JMH micro-benchmarks: micro [-- JMH-OPTION...], such as -- -h.")
final class Micro implements Callable<Integer> {
    @Parameters(paramLabel = "JMH-OPTION", arity = "0..*", hidden = true)
    private List<String> arguments = List.of();

    @Override
    public Integer call() throws IOException {
        org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
        return 0;
    }
}
