package org.vmail.examples.bench;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line. */
@Command(
        name = "bench",
        description = "Measures the reference server, beside a tuned Dovecot if there is one.",
        mixinStandardHelpOptions = true,
        subcommands = Micro.class)
final class Bench implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "SCENARIO",
            description = "What to measure: ${COMPLETION-CANDIDATES}. All but those with TLS, if none is named.",
            completionCandidates = ScenarioNames.class)
    private List<String> names = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--jar",
            paramLabel = "FILE",
            description = "The packaged reference server; by default ${DEFAULT-VALUE}.")
    private Path jar = besideThisJar("../../reference-server/target/vmail.jar");

    @Option(
            names = "--jdk",
            paramLabel = "HOME",
            description = "A JDK to run it with, by default the one that runs this; may be given more than once.")
    private List<Path> jdks = new ArrayList<>();

    @Option(names = "--java-option", paramLabel = "OPTION", description = "An option of its JVM, beside -Xmx.")
    private List<String> javaOptions = new ArrayList<>();

    @Option(names = "--heap", paramLabel = "SIZE", description = "Its -Xmx; by default ${DEFAULT-VALUE}.")
    private String heap = "256m";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Its configuration, with {directory} {mail} {port} {tls-port} {chain} {key} to be filled in.")
    private Optional<Path> config = Optional.empty();

    @Option(names = "--no-dovecot", description = "Do not compare.")
    private boolean alone;

    @Option(
            names = "--dovecot",
            paramLabel = "FOLDER",
            description = "Where its pop3 and pop3-login are; by default ${DEFAULT-VALUE}.")
    private Path dovecotPrograms = Path.of("/usr/lib/dovecot");

    @Option(
            names = "--clients",
            paramLabel = "COUNT",
            description = "How many clients work at the same time; by default ${DEFAULT-VALUE}.")
    private int clients = 4;

    @Option(
            names = "--rounds",
            paramLabel = "COUNT",
            description = "How often each server is measured; by default ${DEFAULT-VALUE}.")
    private int rounds = 9;

    @Option(
            names = "--round",
            paramLabel = "SECONDS",
            description = "How long a round takes; by default ${DEFAULT-VALUE}.")
    private double round = 3;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description =
                    "How long a server works before it is measured; by default ${DEFAULT-VALUE}. With TLS a minute is needed.")
    private double warmUp = 15;

    @Option(names = "--quick", description = "Only try that everything works: few rounds, little mail, wrong figures.")
    private boolean quick;

    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            description = "Where mail is written; by default a temporary one.")
    private Optional<Path> folder = Optional.empty();

    private Bench() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Scenario> scenarios = scenarios();
        Path work = folder.isPresent() ? folder.get() : Files.createTempDirectory("vmail-bench-");
        Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxr-xr-x"));
        Lab lab = lab(work);
        Report report = new Report(System.out);
        report.begin(circumstances(lab));
        for (Scenario scenario : scenarios) {
            try {
                scenario.measure(lab, report);
            } finally {
                lab.clean(scenario.name());
            }
        }
        report.end();
        if (folder.isEmpty()) {
            lab.clean("");
        }
        return 0;
    }

    private List<Scenario> scenarios() {
        if (!new ScenarioNames().containsAll(names)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "The scenarios are " + String.join(", ", new ScenarioNames()));
        }
        return Scenario.all().stream()
                .filter(scenario -> names.isEmpty() ? scenario.isUsual() : names.contains(scenario.name()))
                .toList();
    }

    private Lab lab(Path work) {
        List<String> options = new ArrayList<>(List.of("-Xmx" + heap));
        options.addAll(javaOptions);
        List<Path> homes = jdks.isEmpty() ? List.of(Path.of(System.getProperty("java.home"))) : jdks;
        List<Vmail> vmails = homes.stream()
                .map(home -> new Vmail(jar, home, options, config))
                .toList();
        Optional<Dovecot> dovecot = Optional.of(new Dovecot(dovecotPrograms))
                .filter(Dovecot::isInstalled)
                .filter(installed -> !alone);
        if (quick) {
            Lab.Plan plan = new Lab.Plan(2, 2, Duration.ofMillis(500), Duration.ofSeconds(1));
            return new Lab(work, dovecot, vmails, plan, new Lab.Scale(4, 10, 2, 100));
        }
        Lab.Plan plan = new Lab.Plan(clients, rounds, seconds(round), seconds(warmUp));
        return new Lab(work, dovecot, vmails, plan, new Lab.Scale(100, 50, 20, 1));
    }

    private List<String> circumstances(Lab lab) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        lines.add("`java -jar bench.jar %s`, %s"
                .formatted(
                        String.join(" ", spec.commandLine().getParseResult().originalArgs()),
                        LocalDate.now(ZoneOffset.UTC)));
        lines.add(Programs.run(List.of("uname", "-srm")).trim() + ", "
                + Runtime.getRuntime().availableProcessors() + " processors");
        if (lab.dovecot().isPresent()) {
            lines.add("Dovecot " + Dovecot.version() + ", tuned");
        }
        for (Vmail vmail : lab.vmails()) {
            lines.add(vmail.name() + " (" + String.join(" ", vmail.javaOptions()) + ")");
        }
        lines.add("%d clients at the same time, %d rounds of %.1f s"
                .formatted(
                        lab.plan().clients(),
                        lab.plan().rounds(),
                        lab.plan().round().toMillis() / 1000.0));
        return lines;
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    /** Where this tool is when it was built beside the server. */
    private static Path besideThisJar(String relative) {
        try {
            Path here = Path.of(Bench.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return here.resolveSibling(relative).normalize();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The JVM does not know where its classes are", e);
        }
    }

    /** For the help. */
    private static final class ScenarioNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        ScenarioNames() {
            super(Scenario.all().stream().map(Scenario::name).toList());
        }
    }
}
