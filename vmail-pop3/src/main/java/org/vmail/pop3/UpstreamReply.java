package org.vmail.pop3;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import java.net.ProtocolException;

/**
 * The first or only line of another server's reply (RFC 1939, section 3).
 *
 * @param isOk whether it is positive
 * @param text what follows the status indicator and a space, one char for each octet
 */
record UpstreamReply(boolean isOk, String text) {
    private static final CharMatcher VISIBLE = CharMatcher.inRange(' ', '~');
    private static final int LONGEST_TEXT = 512 - "-ERR \r\n".length();

    static UpstreamReply parse(String line) throws ProtocolException {
        int space = line.indexOf(' ');
        String status = space < 0 ? line : line.substring(0, space);
        String text = space < 0 ? "" : line.substring(space + 1);
        return switch (status) {
            case "+OK" -> new UpstreamReply(true, text);
            case "-ERR" -> new UpstreamReply(false, text);
            // Without the line: who echoes what we say would bring a password into the log.
            default -> throw new ProtocolException("no reply of a POP3 server");
        };
    }

    /** The text as our clients may get it: visible, and not longer than a reply may be. */
    String clientText() {
        String visible = VISIBLE.negate().replaceFrom(text, '?');
        return visible.length() > LONGEST_TEXT ? visible.substring(0, LONGEST_TEXT) : visible;
    }

    /**
     * What kind of failure a refused login is, by its response code (RFC 2449, section 8; RFC 3206). One without a code is
     * taken for a wrong password: most servers have no codes, and guessing must not be free there.
     */
    LoginFailure failure() {
        String code = Ascii.toUpperCase(text);
        if (code.startsWith("[IN-USE]")) {
            return LoginFailure.IN_USE;
        }
        if (code.startsWith("[LOGIN-DELAY]")) {
            return LoginFailure.TOO_SOON;
        }
        return code.startsWith("[SYS/") ? LoginFailure.UNAVAILABLE : LoginFailure.REJECTED;
    }
}
