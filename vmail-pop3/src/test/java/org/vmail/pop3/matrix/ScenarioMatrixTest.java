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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
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

    private int played;

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
    Stream<DynamicNode> everyCellIsTrue() {
        Stream<DynamicNode> deployments = SERVERS.values().stream()
                .map(server -> dynamicContainer(
                        server.deployment().text(),
                        Stream.of(Policy.values())
                                .map(policy -> dynamicContainer(policy.text(), rows(server, policy)))));
        DynamicNode all =
                dynamicTest("and none was left out", () -> assertThat(played).isEqualTo(page.cells()));
        return Stream.concat(deployments, Stream.of(all));
    }

    private Stream<DynamicNode> rows(MatrixServer server, Policy policy) {
        return Stream.of(Evidence.values())
                .map(evidence -> dynamicTest(evidence.text(), () -> check(server, policy, evidence)));
    }

    private void check(MatrixServer server, Policy policy, Evidence evidence) throws IOException {
        SoftAssertions softly = new SoftAssertions();
        List<Cell> cells = new ArrayList<>();
        try (LogRecorder log = new LogRecorder()) {
            for (Transport transport : Transport.values()) {
                Optional<MatrixPage.Stated> stated = page.stated(evidence, transport);
                if (stated.isPresent()) {
                    server.rules(evidence.resolver(scene(server, evidence, transport)), policy.policy());
                    for (Login login : Login.values()) {
                        Cell cell = new Cell(server, evidence, transport, login);
                        check(softly, server, policy, stated.get(), cell);
                        cells.add(cell);
                    }
                }
            }
            softly.assertAll();
            // Some lines are written a moment after the client has seen the end.
            await().atMost(Duration.ofSeconds(5))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .untilAsserted(() -> checkLog(log, server, policy, evidence, cells));
        }
        played += cells.size();
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

    private static void check(
            SoftAssertions softly, MatrixServer server, Policy policy, MatrixPage.Stated stated, Cell cell)
            throws IOException {
        String where = cell.login().text() + " on " + cell.transport().text();
        Deployment deployment = server.deployment();
        State state = MatrixPage.effective(deployment, cell.transport(), stated);
        Outcome expected = page.outcome(deployment, state, policy, cell.login());
        String outcome = cell.play();

        softly.assertThat(outcome).as(where).isEqualTo(expected.text());
        softly.assertThat(server.chosen(cell.client()))
                .as("what the connection is for: %s", where)
                .isEqualTo(chosen(deployment, state, stated));
        if (!cell.greeter().isEmpty()) {
            softly.assertThat(cell.greeter())
                    .as("greeting: %s", where)
                    .isEqualTo(MatrixPage.isChainedEarly(deployment, stated) ? "native" : "vmail");
        }
    }

    private static List<String> chosen(Deployment deployment, State state, MatrixPage.Stated stated) {
        if (state.isNotKnown()) {
            return List.of();
        }
        return MatrixPage.isChainedEarly(deployment, stated)
                ? List.of(stated.atConnect().text())
                : Stream.of(stated.atConnect(), stated.within())
                        .map(State::text)
                        .distinct()
                        .toList();
    }

    private static void checkLog(
            LogRecorder log, MatrixServer server, Policy policy, Evidence evidence, List<Cell> cells) {
        Map<String, String> lines = new HashMap<>();
        for (String line : log.texts()) {
            Matcher client = CLIENT.matcher(line);
            lines.merge(client.find() ? client.group(1) : NOBODY, line, String::concat);
        }
        for (Cell cell : cells) {
            MatrixPage.Stated stated = page.stated(evidence, cell.transport()).orElseThrow();
            String client = cell.client().getAddress().getHostAddress() + ":"
                    + cell.client().getPort();
            assertThat(lines.getOrDefault(stated.within().isNotKnown() ? NOBODY : client, ""))
                    .as("log of %s on %s", cell.login().text(), cell.transport().text())
                    .contains(words(server, policy, evidence, stated, cell));
        }
    }

    private static List<String> words(
            MatrixServer server, Policy policy, Evidence evidence, MatrixPage.Stated stated, Cell cell) {
        List<String> words = new ArrayList<>();
        State state = MatrixPage.effective(server.deployment(), cell.transport(), stated);
        if (MatrixPage.isChainedEarly(server.deployment(), stated)) {
            words.add("Chained to ");
        }
        if (state == stated.within()) {
            words.add(page.logged(evidence));
        }
        if (cell.login().contradicts(state)) {
            words.add("policy " + policy.text() + ": the login says ");
        }
        return words;
    }
}
