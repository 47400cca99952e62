package org.vmail.directory.jdbc;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmail.internal.Printable;

/**
 * One row of an answer, all of its values as texts: that is the one form in which drivers agree on numbers, truth values and
 * large texts. NULL is no value. Immutable.
 */
final class Row {
    /** What a list of a thousand members of the longest names needs fits in. */
    static final int MAX_CHARS = 512 * 1024;

    private static final Set<String> TRUE = Set.of("1", "t", "true", "y", "yes", "on", "\u0001");
    private static final Set<String> FALSE = Set.of("0", "f", "false", "n", "no", "off", "", "\u0000");

    private final QueryKind kind;
    private final Map<String, String> values;

    private Row(QueryKind kind, Map<String, String> values) {
        this.kind = kind;
        this.values = values;
    }

    /** The names of the columns, in lower case. */
    static Set<String> columns(QueryKind kind, ResultSet answer) throws SQLException, IOException {
        ResultSetMetaData description = answer.getMetaData();
        Set<String> columns = new HashSet<>();
        for (int i = 1; i <= description.getColumnCount(); i++) {
            String column = Ascii.toLowerCase(description.getColumnLabel(i));
            if (!columns.add(column) && kind.knownColumns().contains(column)) {
                throw new IOException(kind + " has two columns " + column);
            }
        }
        for (String column : kind.requiredColumns()) {
            if (!columns.contains(column)) {
                throw new IOException(kind + " has no column " + column);
            }
        }
        return ImmutableSet.copyOf(columns);
    }

    /** The row that the answer is at. */
    static Row of(QueryKind kind, ResultSet answer, Set<String> columns) throws SQLException, IOException {
        Map<String, String> values = new HashMap<>();
        for (String column : kind.knownColumns()) {
            String value = columns.contains(column) ? answer.getString(column) : null;
            if (value != null && value.length() > MAX_CHARS) {
                throw new IOException(kind + " finds a text that is too long, in its column " + column);
            }
            if (value != null) {
                values.put(column, value);
            }
        }
        return new Row(kind, values);
    }

    int chars() {
        return values.values().stream().mapToInt(String::length).sum();
    }

    Optional<String> text(String column) {
        return Optional.ofNullable(values.get(column));
    }

    boolean flag(String column, boolean otherwise) throws IOException {
        String text = values.get(column);
        if (text == null) {
            return otherwise;
        }
        String word = Ascii.toLowerCase(text.strip());
        if (!TRUE.contains(word) && !FALSE.contains(word)) {
            throw new IOException(kind + " finds something else than true or false in its column " + column);
        }
        return TRUE.contains(word);
    }

    /** A number that is not negative. */
    Optional<Long> number(String column) throws IOException {
        String text = values.get(column);
        if (text == null) {
            return Optional.empty();
        }
        try {
            long number = new BigDecimal(text.strip()).longValueExact();
            if (number < 0) {
                throw new IOException(kind + " finds a negative number in its column " + column);
            }
            return Optional.of(number);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IOException(
                    kind + " finds no whole number in its column " + column + ", but " + Printable.quoted(text), e);
        }
    }

    /** Nothing of the values, one of which may be a password. */
    @Override
    public String toString() {
        return "a row of " + kind;
    }
}
