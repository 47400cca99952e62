package org.vmail.pop3.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.net.LogRecorder;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;

/** docs/scenarios/matrix.md is true, in each of its cells: what happens to which login on which connection. */
class ScenarioMatrixTest {
    private static final Path PAGE = Path.of("../docs/scenarios/matrix.md");

    private static final Pattern CLIENT = Pattern.compile(" client=(\\S+) ");
    private static final String NOBODY = "";

    @TempDir
    private static Path folder;

    private static MatrixPage page;
    private static final Map<Deployment, MatrixServer> SERVERS = new EnumMap<>(Deployment.class);

    /** A row of plays: how the connection comes, and the policy. */
    private record Play(Transport transport, Policy policy) {}

    private final Set<String> played = new HashSet<>();
    private int cells;

    @BeforeAll
    static void start() throws IOException {
        page = MatrixPage.parse(Files.readString(PAGE));
        TlsContext tls = TestCertificate.server(
                        folder, TestCertificate.ec("pop.a.example", "pop.b.example", "pop.isp.example"))
                .build();
        for (Deployment deployment : Deployment.values()) {
            SERVERS.put(deployment, new MatrixServer(deployment, tls, folder));
        }
    }

    @AfterAll
    static void stop() {
        SERVERS.values().forEach(MatrixServer::close);
    }

    @TestFactory
    Stream<DynamicNode> everyCellOfThePageIsTrue() {
        List<DynamicNode> tests = new ArrayList<>();
        List<Policy> policies = List.of(Policy.values());
        int turn = 0; // the policies take turns, and come to every row, as the last test shows
        for (MatrixServer server : SERVERS.values()) {
            List<DynamicNode> rows = new ArrayList<>();
            for (Evidence evidence : Evidence.values()) {
                List<Play> plays = new ArrayList<>();
                for (Transport transport : Transport.values()) {
                    plays.add(new Play(transport, policies.get(turn++ % policies.size())));
                }
                turn++;
                rows.add(dynamicTest(evidence.text(), () -> check(server, evidence, plays)));
            }
            tests.add(dynamicContainer(server.deployment().text(), rows));
        }
        tests.add(dynamicTest(
                "and none was left out", () -> assertThat(played).containsExactlyInAnyOrderElementsOf(page.cells())));
        return tests.stream();
    }

    @Tag("long")
    @TestFactory
    Stream<DynamicNode> everyCombinationIsTrue() {
        Stream<DynamicNode> deployments = SERVERS.values().stream()
                .map(server -> dynamicContainer(
                        server.deployment().text(),
                        Stream.of(Policy.values())
                                .map(policy -> dynamicContainer(policy.text(), rows(server, policy)))));
        return Stream.concat(
                deployments,
                Stream.of(dynamicTest(
                        "and none was left out", () -> assertThat(cells).isEqualTo(page.combinations()))));
    }

    private Stream<DynamicNode> rows(MatrixServer server, Policy policy) {
        List<Play> plays = Stream.of(Transport.values())
                .map(transport -> new Play(transport, policy))
                .toList();
        return Stream.of(Evidence.values())
                .map(evidence -> dynamicTest(evidence.text(), () -> check(server, evidence, plays)));
    }

    private void check(MatrixServer server, Evidence evidence, List<Play> plays) throws IOException {
        SoftAssertions softly = new SoftAssertions();
        List<Cell> row = new ArrayList<>();
        try (LogRecorder log = new LogRecorder()) {
            for (Play play : plays) {
                Transport transport = play.transport();
                if (page.stated(evidence, transport).isPresent()) {
                    server.rules(
                            evidence.resolver(scene(server, evidence, transport)),
                            play.policy().policy());
                    for (Login login : Login.values()) {
                        Cell cell = new Cell(server, evidence, transport, play.policy(), login);
                        check(softly, cell);
                        row.add(cell);
                    }
                }
            }
            softly.assertAll();
            // Some lines are written a moment after the client has seen the end.
            await().atMost(Duration.ofSeconds(5))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .untilAsserted(() -> checkLog(log, row));
        }
        cells += row.size();
    }

    private static Evidence.Scene scene(MatrixServer server, Evidence evidence, Transport transport)
            throws IOException {
        InetAddress listener = InetAddress.getByName(MatrixServer.HOST);
        InetAddress behind = InetAddress.getByName(Cell.BEHIND);
        boolean isBehind = transport.isProxied() && evidence.tellsAddresses();
        return new Evidence.Scene(
                isBehind ? behind : listener,
                isBehind ? listener : behind,
                server.address(transport).getPort(),
                server.directory());
    }

    private void check(SoftAssertions softly, Cell cell) throws IOException {
        MatrixPage.Stated stated = stated(cell);
        MatrixPage.Situation situation = situation(cell);
        String outcome = cell.play();
        played.add(page.cell(situation));

        softly.assertThat(outcome)
                .as("outcome of %s", cell)
                .isEqualTo(page.outcome(situation).text());
        softly.assertThat(cell.server().chosen(cell.client()))
                .as("what the connection is for: %s", cell)
                .isEqualTo(chosen(situation, stated));
        if (!cell.greeter().isEmpty()) {
            softly.assertThat(cell.greeter())
                    .as("greeting of %s", cell)
                    .isEqualTo(MatrixPage.isChainedEarly(situation.deployment(), stated) ? "native" : "vmail");
        }
    }

    private static MatrixPage.Stated stated(Cell cell) {
        return page.stated(cell.evidence(), cell.transport()).orElseThrow();
    }

    private static MatrixPage.Situation situation(Cell cell) {
        Deployment deployment = cell.server().deployment();
        State state = MatrixPage.effective(deployment, cell.transport(), stated(cell));
        return new MatrixPage.Situation(deployment, state, cell.policy(), cell.login());
    }

    private static List<String> chosen(MatrixPage.Situation situation, MatrixPage.Stated stated) {
        if (situation.state().isNotKnown()) {
            return List.of();
        }
        return MatrixPage.isChainedEarly(situation.deployment(), stated)
                ? List.of(stated.atConnect().text())
                : Stream.of(stated.atConnect(), stated.within())
                        .map(State::text)
                        .distinct()
                        .toList();
    }

    private static void checkLog(LogRecorder log, List<Cell> row) {
        Map<String, String> lines = new HashMap<>();
        for (String line : log.texts()) {
            Matcher client = CLIENT.matcher(line);
            lines.merge(client.find() ? client.group(1) : NOBODY, line, String::concat);
        }
        for (Cell cell : row) {
            String client = cell.client().getAddress().getHostAddress() + ":"
                    + cell.client().getPort();
            assertThat(lines.getOrDefault(situation(cell).state().isNotKnown() ? NOBODY : client, ""))
                    .as("log of %s", cell)
                    .contains(words(cell));
        }
    }

    private static List<String> words(Cell cell) {
        MatrixPage.Stated stated = stated(cell);
        MatrixPage.Situation situation = situation(cell);
        List<String> words = new ArrayList<>();
        if (MatrixPage.isChainedEarly(situation.deployment(), stated)) {
            words.add("Chained to ");
        }
        if (situation.state() == stated.within()) {
            words.add(page.logged(cell.evidence()));
        }
        if (cell.login().contradicts(situation.state())) {
            words.add("policy " + cell.policy().text() + ": the login says ");
        }
        return words;
    }
}
