package org.vmail.pop3;

import com.google.common.base.Ascii;
import java.util.Optional;

/** The commands, and the one table of where each is allowed and what it takes (RFC 1939, 2449, 2595, 5034, 6856). */
enum Verb {
    APOP(true, false, true),
    AUTH(true, false, true),
    CAPA(true, true, false),
    DELE(false, true, true),
    LANG(true, true, true),
    LIST(false, true, true),
    NOOP(false, true, false),
    PASS(true, false, true),
    QUIT(true, true, false),
    RETR(false, true, true),
    RSET(false, true, false),
    STAT(false, true, false),
    STLS(true, false, false),
    TOP(false, true, true),
    UIDL(false, true, true),
    USER(true, false, true),
    UTF8(true, false, false);

    private final boolean beforeLogin;
    private final boolean afterLogin;
    private final boolean withArgument;

    Verb(boolean beforeLogin, boolean afterLogin, boolean withArgument) {
        this.beforeLogin = beforeLogin;
        this.afterLogin = afterLogin;
        this.withArgument = withArgument;
    }

    boolean isAllowed(boolean loggedIn) {
        return loggedIn ? afterLogin : beforeLogin;
    }

    boolean takesArgument() {
        return withArgument;
    }

    static Optional<Verb> parse(String keyword) {
        String upper = Ascii.toUpperCase(keyword);
        for (Verb verb : values()) {
            if (verb.name().equals(upper)) {
                return Optional.of(verb);
            }
        }
        return Optional.empty();
    }
}
