package org.vmail.directory.jdbc;

import com.google.common.collect.ImmutableList;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** A query that is ready for the driver: a {@code ?} in the place of each named parameter. Immutable. */
final class Query {
    private final QueryKind kind;
    private final String sql;
    private final List<Parameter> parameters;

    private Query(QueryKind kind, String sql, List<Parameter> parameters) {
        this.kind = kind;
        this.sql = sql;
        this.parameters = ImmutableList.copyOf(parameters);
    }

    /**
     * Reads a query with named parameters.
     *
     * @throws IllegalArgumentException if it is none, or has parameters that this kind of query cannot have
     */
    static Query of(QueryKind kind, String text) {
        QueryText reader = new QueryText(kind, text);
        reader.read();
        return new Query(kind, reader.sql(), reader.parameters());
    }

    QueryKind kind() {
        return kind;
    }

    String sql() {
        return sql;
    }

    void bind(PreparedStatement statement, Map<Parameter, String> values) throws SQLException {
        int position = 1;
        for (Parameter parameter : parameters) {
            statement.setString(position++, values.get(parameter));
        }
    }

    @Override
    public String toString() {
        return kind.toString();
    }
}
