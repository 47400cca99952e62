package org.vmail.pop3.matrix;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The tables of a Markdown page by the headings that they stand under. */
final class PageTables {
    /**
     * One table.
     *
     * @param head the words of its first line
     * @param rows as many words in each as in the head
     */
    record Table(List<String> head, List<List<String>> rows) {}

    private final Map<String, Table> tables = new LinkedHashMap<>();

    private PageTables() {}

    static PageTables parse(String page) {
        PageTables parsed = new PageTables();
        String heading = "";
        List<List<String>> table = new ArrayList<>();
        for (String line : (page + "\n\n").split("\n", -1)) {
            if (line.startsWith("|")) {
                table.add(cells(line));
            } else if (!table.isEmpty()) {
                parsed.add(heading, table);
                table = new ArrayList<>();
            }
            if (line.startsWith("#")) {
                heading = line.replaceFirst("#+ ", "");
            }
        }
        return parsed;
    }

    /** The only table under a heading, which nobody can take a second time. */
    Table take(String heading) {
        Table table = tables.remove(heading);
        if (table == null) {
            throw new IllegalArgumentException("There is no table under '" + heading + "'");
        }
        return table;
    }

    void allTaken() {
        if (!tables.isEmpty()) {
            throw new IllegalArgumentException("Nobody knows the tables under " + tables.keySet());
        }
    }

    private void add(String heading, List<List<String>> lines) {
        if (lines.size() < 3 || !lines.get(1).stream().allMatch("---"::equals)) {
            throw new IllegalArgumentException("The table under '" + heading + "' has no head or no rows");
        }
        for (List<String> line : lines) {
            if (line.size() != lines.get(0).size() || line.contains("")) {
                throw new IllegalArgumentException("The table under '" + heading + "' lacks a cell in " + line);
            }
        }
        if (tables.put(heading, new Table(lines.get(0), lines.subList(2, lines.size()))) != null) {
            throw new IllegalArgumentException("There are two tables under '" + heading + "'");
        }
    }

    private static List<String> cells(String line) {
        if (line.length() < 2 || !line.endsWith("|")) {
            throw new IllegalArgumentException("A row does not end: " + line);
        }
        return Stream.of(line.substring(1, line.length() - 1).split("\\|", -1))
                .map(String::strip)
                .toList();
    }
}
