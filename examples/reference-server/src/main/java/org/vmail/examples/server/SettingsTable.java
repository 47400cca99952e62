package org.vmail.examples.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * A table of the configuration file. Every problem names the file and the line; a key that nobody asked for is one.
 */
final class SettingsTable {
    /** Longer ones mean never, and overflow when they are counted in nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(90);

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    /** Turns a value into what it means, or throws IllegalArgumentException that says what is wrong with it. */
    interface Meaning<F, T> {
        T of(F value);
    }

    private final Path file;
    private final String name;
    private final @Nullable TomlTable table;
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    SettingsTable(Path file, String name, @Nullable TomlTable table) {
        this.file = file;
        this.name = name;
        this.table = table;
    }

    boolean isPresent() {
        return table != null;
    }

    <T> Optional<T> text(String key, Meaning<String, T> meaning) throws SettingsException {
        Optional<String> text = value(key, String.class, "a text in quotes");
        return text.isPresent() ? Optional.of(meaning(key, text.get(), meaning)) : Optional.empty();
    }

    <T> T requiredText(String key, Meaning<String, T> meaning) throws SettingsException {
        Optional<T> value = text(key, meaning);
        if (value.isEmpty()) {
            throw new SettingsException(file + ": the setting " + path(key) + " is missing");
        }
        return value.get();
    }

    <T> T number(String key, T otherwise, Meaning<Long, T> meaning) throws SettingsException {
        Optional<Long> number = value(key, Long.class, "a number");
        return number.isPresent() ? meaning(key, number.get(), meaning) : otherwise;
    }

    <T> T duration(String key, T otherwise, Meaning<Duration, T> meaning) throws SettingsException {
        return text(key, text -> meaning.of(durationOf(text))).orElse(otherwise);
    }

    boolean flag(String key, boolean otherwise) throws SettingsException {
        return value(key, Boolean.class, "true or false").orElse(otherwise);
    }

    <T> List<T> texts(String key, Meaning<String, T> meaning) throws SettingsException {
        Optional<TomlArray> array = value(key, TomlArray.class, "a list of texts in brackets");
        List<T> values = new ArrayList<>();
        for (Object item : array.map(TomlArray::toList).orElse(List.of())) {
            if (!(item instanceof String text)) {
                throw problem(key, "must be a list of texts in quotes");
            }
            values.add(meaning(key, text, meaning));
        }
        return values;
    }

    SettingsTable table(String key) throws SettingsException {
        Optional<TomlTable> inner = value(key, TomlTable.class, "a table");
        return new SettingsTable(file, path(key), inner.orElse(null));
    }

    /** The tables of a list, written as {@code [[key]]}. */
    List<SettingsTable> tableList(String key) throws SettingsException {
        Optional<TomlArray> array = value(key, TomlArray.class, "a list of tables");
        List<SettingsTable> tables = new ArrayList<>();
        for (Object item : array.map(TomlArray::toList).orElse(List.of())) {
            if (!(item instanceof TomlTable inner)) {
                throw problem(key, "must be a list of tables");
            }
            tables.add(new SettingsTable(file, path(key), inner));
        }
        return tables;
    }

    /** All tables within this one, by their keys. */
    Map<String, SettingsTable> tables() throws SettingsException {
        Map<String, SettingsTable> tables = new LinkedHashMap<>();
        for (String key : keys()) {
            tables.put(key, table(key));
        }
        return tables;
    }

    Set<String> keys() {
        return table == null ? Set.of() : table.keySet();
    }

    void allAsked() throws SettingsException {
        for (String key : keys()) {
            if (!asked.contains(key)) {
                throw problem(key, "is not a setting that vmail knows");
            }
        }
    }

    SettingsException problem(String key, String text) {
        TomlPosition position = table == null ? null : table.inputPositionOf(List.of(key));
        String line = position == null ? "" : ":" + position.line();
        return new SettingsException(file + line + ": " + path(key) + " " + text);
    }

    <F, T> T meaning(String key, F value, Meaning<F, T> meaning) throws SettingsException {
        try {
            return meaning.of(value);
        } catch (IllegalArgumentException e) {
            throw problem(key, "is wrong: " + e.getMessage());
        }
    }

    static Path pathOf(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + text + "' is no path", e);
        }
    }

    static Duration durationOf(String text) {
        Matcher parts = DURATION.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no duration such as 500ms, 30s, 10m, 2h or 1d");
        }
        long count = Long.parseLong(parts.group(1));
        Duration duration = switch (parts.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("'" + text + "' is longer than 90d");
        }
        return duration;
    }

    /** An address in digits: a name would have to be looked up, and could change. */
    static InetAddress addressOf(String text) {
        boolean numeric = text.matches("[0-9.]+") || text.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
        try {
            if (numeric) {
                return InetAddress.getByName(text);
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + text + "' is no IP address", e);
        }
        throw new IllegalArgumentException("'" + text + "' is no IP address");
    }

    /** {@code host:port}; an IPv6 address stands in brackets. */
    static InetSocketAddress socketAddressOf(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0 || !text.substring(colon + 1).matches("\\d{1,5}")) {
            throw new IllegalArgumentException("'" + text + "' is no ADDRESS:PORT");
        }
        String host = text.substring(0, colon);
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port > 65535) {
            throw new IllegalArgumentException("'" + text + "' has a port above 65535");
        }
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return new InetSocketAddress(addressOf(bracketed ? host.substring(1, host.length() - 1) : host), port);
    }

    private <T> Optional<T> value(String key, Class<T> type, String what) throws SettingsException {
        asked.add(key);
        Object value = table == null ? null : table.get(List.of(key));
        if (value != null && !type.isInstance(value)) {
            throw problem(key, "must be " + what);
        }
        return Optional.ofNullable(value).map(type::cast);
    }

    private String path(String key) {
        return name.isEmpty() ? key : name + "." + key;
    }
}
