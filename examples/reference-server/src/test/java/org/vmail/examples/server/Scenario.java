package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A page of {@code docs/scenarios}, with the files that it shows: those of its name, but with another ending. */
record Scenario(String name) {
    static final Path FOLDER = Path.of("../../docs/scenarios");

    /** What stands between two fences. */
    record Block(String kind, List<String> lines) {
        String text() {
            return String.join("\n", lines) + "\n";
        }
    }

    static List<Scenario> all() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".toml"))
                    .map(name -> new Scenario(name.substring(0, name.indexOf('.'))))
                    .sorted((one, other) -> one.name().compareTo(other.name()))
                    .toList();
        }
    }

    Path page() {
        return FOLDER.resolve(name + ".md");
    }

    Path toml() {
        return file("toml");
    }

    Path file(String ending) {
        return FOLDER.resolve(name + "." + ending);
    }

    List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name + "."))
                    .filter(file -> !file.equals(page()))
                    .toList();
        }
    }

    List<Block> blocks(String kind) throws IOException {
        return blocks().stream().filter(block -> block.kind().equals(kind)).toList();
    }

    List<Block> blocks() throws IOException {
        List<Block> blocks = new ArrayList<>();
        List<String> lines = Files.readAllLines(page());
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("```")) {
                int end = i + 1 + lines.subList(i + 1, lines.size()).indexOf("```");
                blocks.add(new Block(lines.get(i).substring(3), lines.subList(i + 1, end)));
                i = end;
            }
        }
        return blocks;
    }

    @Override
    public String toString() {
        return name;
    }
}
