package org.vmail.auth.internal;

import java.util.Optional;
import org.vmail.auth.TokenResult;

/** What the client of a bad token is told: a JSON object (RFC 7628, section 3.2.2). */
final class OAuthError {
    private static final int MAX_VALUE_CHARS = 512;

    private OAuthError() {}

    static String json(TokenResult.Invalid told) {
        StringBuilder json = new StringBuilder("{\"status\":").append(string(told.status()));
        json.append(",\"schemes\":\"bearer\"");
        member(json, "scope", told.scope());
        member(json, "openid-configuration", told.openidConfiguration());
        return json.append('}').toString();
    }

    private static void member(StringBuilder json, String name, Optional<String> value) {
        value.ifPresent(text -> json.append(",\"").append(name).append("\":").append(string(text)));
    }

    private static String string(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.chars().limit(MAX_VALUE_CHARS).forEach(c -> {
            if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format("\\u%04x", c));
            } else {
                out.append((char) c);
            }
        });
        return out.append('"').toString();
    }
}
