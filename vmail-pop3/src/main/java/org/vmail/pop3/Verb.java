package org.vmail.pop3;

import com.google.common.base.Ascii;
import java.util.Optional;

/** The commands, and the one table of where each is allowed (RFC 1939, sections 4 to 6; RFC 2449, section 5). */
enum Verb {
    CAPA(true, true),
    DELE(false, true),
    LIST(false, true),
    NOOP(false, true),
    PASS(true, false),
    QUIT(true, true),
    RETR(false, true),
    RSET(false, true),
    STAT(false, true),
    TOP(false, true),
    UIDL(false, true),
    USER(true, false);

    private final boolean beforeLogin;
    private final boolean afterLogin;

    Verb(boolean beforeLogin, boolean afterLogin) {
        this.beforeLogin = beforeLogin;
        this.afterLogin = afterLogin;
    }

    boolean isAllowed(boolean loggedIn) {
        return loggedIn ? afterLogin : beforeLogin;
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
