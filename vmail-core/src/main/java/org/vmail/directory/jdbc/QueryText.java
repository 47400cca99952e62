package org.vmail.directory.jdbc;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the parameters in the text of a query, and refuses what is probably a mistake: a parameter in quotes, where no database
 * looks for one; a nameless one; the place-holders of Postfix and Dovecot, which splice values into the text; and a query
 * without any parameter. Used once.
 */
final class QueryText {
    private static final int MAX_CHARS = 10_000;
    private static final Pattern NAME = Pattern.compile(":([A-Za-z][A-Za-z0-9_]*)");
    private static final Pattern SPLICED = Pattern.compile("@?%[a-zA-Z](@%[a-zA-Z])?");

    private final QueryKind kind;
    private final String text;
    private final StringBuilder sql = new StringBuilder();
    private final List<Parameter> parameters = new ArrayList<>();
    private int at;

    QueryText(QueryKind kind, String text) {
        String stripped = text.strip();
        this.kind = kind;
        this.text = stripped.endsWith(";") ? stripped.substring(0, stripped.length() - 1) : stripped;
    }

    String sql() {
        return sql.toString();
    }

    List<Parameter> parameters() {
        return parameters;
    }

    void read() {
        check(text.length() <= MAX_CHARS, "is longer than " + MAX_CHARS + " characters");
        while (at < text.length()) {
            next(text.charAt(at));
        }
        check(
                !parameters.isEmpty(),
                "has none of the parameters " + kind.parameters() + ", so it would find everything");
    }

    private void next(char c) {
        if (c == '\'' || c == '"' || c == '`') {
            quoted(c);
        } else if (text.startsWith("--", at)) {
            skipTo(text.indexOf('\n', at), 1);
        } else if (text.startsWith("/*", at)) {
            skipTo(text.indexOf("*/", at + 2), 2);
        } else if (text.startsWith("::", at)) {
            sql.append("::"); // a cast of PostgreSQL
            at += 2;
        } else if (c == ':') {
            parameter();
        } else {
            check(c != '?', "has a ?; parameters have names here, such as " + kind.parameters());
            check(c != ';', "is more than one statement");
            sql.append(c);
            at++;
        }
    }

    private void quoted(char quote) {
        int end = text.indexOf(quote, at + 1);
        check(end > 0, "has a quote that does not end");
        String content = text.substring(at + 1, end);
        check(
                NAME.matcher(content)
                        .results()
                        .allMatch(name -> Parameter.named(name.group(1)).isEmpty()),
                "has a parameter in quotes, where it is none; write it without them");
        check(
                !SPLICED.matcher(content).matches(),
                "has %s, %u or %d, which mean nothing here; write " + kind.parameters() + ", without quotes");
        sql.append(text, at, end + 1);
        at = end + 1;
    }

    private void skipTo(int end, int more) {
        sql.append(' ');
        at = end < 0 ? text.length() : end + more;
    }

    private void parameter() {
        Matcher name = NAME.matcher(text).region(at, text.length());
        if (!name.lookingAt()) {
            sql.append(text.charAt(at++));
            return;
        }
        Optional<Parameter> parameter = Parameter.named(name.group(1)).filter(kind.parameters()::contains);
        check(parameter.isPresent(), "has a parameter that it cannot have; there are " + kind.parameters());
        parameters.add(parameter.orElseThrow());
        sql.append('?');
        at = name.end();
    }

    private void check(boolean condition, String problem) {
        checkArgument(condition, "%s %s", kind, problem);
    }
}
