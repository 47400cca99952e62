package org.vmail.pop3.matrix;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What docs/scenarios/matrix.md says: the product of all dimensions, with nothing missing, nothing twice and nothing that no
 * cell needs.
 */
final class MatrixPage {
    private static final String CANNOT = "—";
    private static final String ANY = "any";

    /** What a connection is for when it begins, and within TLS. */
    record Stated(State atConnect, State within) {}

    private record Place(Evidence evidence, Transport transport) {}

    /** What a connection and a login come to. */
    record Situation(Deployment deployment, State state, Policy policy, Login login) {}

    private final Map<Place, Stated> connections = new HashMap<>();
    private final Set<Place> impossible = new LinkedHashSet<>();
    private final Map<Evidence, String> logged = new EnumMap<>(Evidence.class);
    private final Map<Situation, Outcome> outcomes = new HashMap<>();
    private final Map<Situation, String> cells = new HashMap<>();

    private MatrixPage() {}

    static MatrixPage parse(String text) {
        MatrixPage page = new MatrixPage();
        PageTables tables = PageTables.parse(text);
        page.readConnections(tables.take("What the connection is for"));
        page.readReasons(tables.take("Cannot happen"));
        for (Deployment deployment : Deployment.values()) {
            page.readOutcomes(deployment, tables.take(deployment.text()));
        }
        tables.allTaken();
        return page;
    }

    /** Empty if that cannot happen. */
    Optional<Stated> stated(Evidence evidence, Transport transport) {
        return Optional.ofNullable(connections.get(new Place(evidence, transport)));
    }

    /** What the log has to say about a connection. */
    String logged(Evidence evidence) {
        return logged.get(evidence);
    }

    Outcome outcome(Situation situation) {
        return outcomes.get(situation);
    }

    /** The cell of the page where an outcome is: the policies may share it. */
    String cell(Situation situation) {
        return cells.get(situation);
    }

    /** All cells that have outcomes. */
    Set<String> cells() {
        return Set.copyOf(cells.values());
    }

    /** How many combinations of all dimensions there are that can happen. */
    int combinations() {
        return connections.size() * Deployment.values().length * Policy.values().length * Login.values().length;
    }

    private void readConnections(PageTables.Table table) {
        List<String> head = new ArrayList<>(List.of("What the connection says"));
        head.addAll(texts(Transport.values()));
        head.add("The log says");
        expect("columns", head, table.head());
        expect(
                "rows",
                texts(Evidence.values()),
                table.rows().stream().map(row -> row.get(0)).toList());
        for (List<String> row : table.rows()) {
            Evidence evidence = Word.of(row.get(0), Evidence.values());
            for (Transport transport : Transport.values()) {
                Place place = new Place(evidence, transport);
                String cell = row.get(head.indexOf(transport.text()));
                if (cell.equals(CANNOT)) {
                    impossible.add(place);
                } else {
                    connections.put(place, stated(cell));
                }
            }
            logged.put(evidence, unquoted(row.get(row.size() - 1)));
        }
    }

    private static Stated stated(String cell) {
        List<State> states = Stream.of(cell.split(" → ", -1))
                .map(text -> Word.of(text, State.values()))
                .toList();
        if (states.size() > 2) {
            throw new IllegalArgumentException("A domain is chosen twice at most: " + cell);
        }
        return new Stated(states.get(0), states.get(states.size() - 1));
    }

    /** Every place that cannot be must have a reason, and every reason such places and no other. */
    private void readReasons(PageTables.Table table) {
        expect("columns", List.of("What the connection says", "On", "Why it cannot happen"), table.head());
        Set<Place> reasoned = new HashSet<>();
        for (List<String> row : table.rows()) {
            List<Evidence> evidence = Stream.of(Evidence.values())
                    .filter(each -> matches(row.get(0), each.text()))
                    .toList();
            if (evidence.isEmpty()) {
                throw new IllegalArgumentException("There is nothing that cannot happen in " + row);
            }
            for (String text : row.get(1).split("; ", -1)) {
                Transport transport = Word.of(text, Transport.values());
                evidence.forEach(each -> reasoned.add(new Place(each, transport)));
            }
        }
        if (!reasoned.equals(impossible)) {
            throw new IllegalArgumentException(
                    "What cannot happen is " + impossible + ", and there are reasons for " + reasoned);
        }
    }

    private static boolean matches(String pattern, String text) {
        return (pattern.startsWith("… ") && pattern.endsWith(" …"))
                ? text.contains(pattern.substring(2, pattern.length() - 2))
                : text.equals(pattern);
    }

    private void readOutcomes(Deployment deployment, PageTables.Table table) {
        List<String> head = new ArrayList<>(List.of("The connection is for", "Policy"));
        head.addAll(texts(Login.values()));
        expect("columns", head, table.head());
        for (List<String> row : table.rows()) {
            State state = Word.of(row.get(0), State.values());
            List<Policy> policies =
                    row.get(1).equals(ANY) ? List.of(Policy.values()) : List.of(Word.of(row.get(1), Policy.values()));
            for (Policy policy : policies) {
                for (Login login : Login.values()) {
                    Outcome outcome = Word.of(row.get(head.indexOf(login.text())), Outcome.values());
                    Situation situation = new Situation(deployment, state, policy, login);
                    cells.put(situation, String.join(", ", deployment.text(), row.get(0), row.get(1), login.text()));
                    if (outcomes.put(situation, outcome) != null) {
                        throw new IllegalArgumentException(deployment.text() + " has twice: " + row);
                    }
                }
            }
        }
        for (State state : needed(deployment)) {
            for (Policy policy : Policy.values()) {
                if (!outcomes.containsKey(new Situation(deployment, state, policy, Login.BARE))) {
                    throw new IllegalArgumentException(
                            deployment.text() + " has no row for " + state.text() + ", " + policy.text());
                }
            }
        }
        outcomes.keySet().stream()
                .filter(situation -> situation.deployment() == deployment)
                .filter(situation -> !needed(deployment).contains(situation.state()))
                .findAny()
                .ifPresent(stale -> {
                    throw new IllegalArgumentException("No connection comes to " + stale);
                });
    }

    private Set<State> needed(Deployment deployment) {
        Set<State> needed = new LinkedHashSet<>();
        connections.forEach((place, stated) -> needed.add(effective(deployment, place.transport(), stated)));
        return needed;
    }

    /** Which of the two counts for a login. */
    static State effective(Deployment deployment, Transport transport, Stated stated) {
        return isChainedEarly(deployment, stated)
                        || stated.atConnect().isNotKnown()
                        || (stated.atConnect() == State.DISPUTED && transport.tls() != Transport.Tls.IMPLICIT)
                ? stated.atConnect()
                : stated.within();
    }

    static boolean isChainedEarly(Deployment deployment, Stated stated) {
        return deployment == Deployment.EARLY && stated.atConnect() == State.NOBODYS;
    }

    private static List<String> texts(Word[] words) {
        return Stream.of(words).map(Word::text).toList();
    }

    private static String unquoted(String text) {
        if (text.length() < 3 || !text.startsWith("`") || !text.endsWith("`")) {
            throw new IllegalArgumentException("The log is quoted with backticks: " + text);
        }
        return text.substring(1, text.length() - 1);
    }

    private static void expect(String what, List<String> expected, List<String> found) {
        if (!expected.equals(found)) {
            throw new IllegalArgumentException("The " + what + " are " + found + ", and not " + expected);
        }
    }
}
