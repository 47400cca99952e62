package org.vmail.auth.internal;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a client sends in OAUTHBEARER and XOAUTH2.
 *
 * @param login whom it wants to be; empty if the token says it all
 * @param authorization the value of the key {@code auth}; empty if there is none
 */
record BearerRequest(String login, String authorization) {
    enum Form {
        /** RFC 7628, section 3.1. */
        OAUTHBEARER {
            @Override
            Optional<BearerRequest> parse(String message) {
                return Gs2Header.of(message)
                        .filter(header -> header.binding() != Gs2Header.Binding.REQUIRED)
                        .flatMap(header -> pairs(
                                header.authzid(),
                                message.substring(header.text().length())));
            }

            private Optional<BearerRequest> pairs(String login, String text) {
                if (!PAIRS.matcher(text).matches()) {
                    return Optional.empty();
                }
                Optional<String> authorization = Optional.empty();
                Matcher pair = PAIR.matcher(text);
                while (pair.find()) {
                    if (!pair.group(1).equals("auth")) {
                        continue;
                    }
                    if (authorization.isPresent()) {
                        return Optional.empty();
                    }
                    authorization = Optional.of(pair.group(2));
                }
                return Optional.of(new BearerRequest(login, authorization.orElse("")));
            }
        },
        /** Google's, from before the RFC. */
        XOAUTH2 {
            @Override
            Optional<BearerRequest> parse(String message) {
                Matcher matcher = GOOGLES.matcher(message);
                return matcher.matches() && matcher.group(1).length() <= PlainMechanism.MAX_NAME_OCTETS
                        ? Optional.of(new BearerRequest(matcher.group(1), matcher.group(2)))
                        : Optional.empty();
            }
        };

        /** Reads the client's message, or gives empty if it is none. Never throws. */
        abstract Optional<BearerRequest> parse(String message);
    }

    // Possessive: what a client sends must not make the matcher recurse or go back.
    private static final String KEY_AND_VALUE = "([A-Za-z]++)=([\\x20-\\x7e\\t\\r\\n]*+)\\x01";
    private static final Pattern PAIR = Pattern.compile(KEY_AND_VALUE);
    private static final Pattern PAIRS =
            Pattern.compile("\\x01(?:[A-Za-z]++=[\\x20-\\x7e\\t\\r\\n]*+\\x01){0,32}+\\x01");
    private static final Pattern GOOGLES =
            Pattern.compile("user=([^\\x00\\x01]++)\\x01auth=([\\x20-\\x7e]*+)\\x01\\x01");
    private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +([\\x21-\\x7e]++) *");

    /** The same with the login as all logins are prepared, or empty if nobody can be called that. */
    Optional<BearerRequest> prepared() {
        return Logins.prepared(login).map(name -> new BearerRequest(name, authorization));
    }

    /** The token, not yet checked for its length, or empty if there is none. */
    Optional<String> token() {
        Matcher matcher = BEARER.matcher(authorization);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** Nothing of the token. */
    @Override
    public String toString() {
        return "BearerRequest[secret]";
    }
}
