package org.vmail.examples.server;

import java.util.List;
import org.vmail.examples.server.Differences.Difference;

/** What vmail answers otherwise than Debian's Dovecot, and the section of the RFC that explains it. */
final class ExplainedDifferences {
    private static final String CAPABILITIES =
            "RFC 2449, section 5: the list is of capabilities, and CAPA is none; IMPLEMENTATION is one (section 6.9). "
                    + "UTF8 and LANG: RFC 6856";
    private static final String STRAY_SPACE =
            "RFC 1939, section 3: arguments are separated by a space; of one at the end it says nothing, and vmail is lenient";
    private static final String NO_ARGUMENTS =
            "RFC 1939, section 5: the command has no arguments. A line that is not valid gets -ERR (section 3)";

    static final List<Explained> ALL = List.of(
            new Explained(
                    new Difference("before login", "CAPA", "CAPA", "IMPLEMENTATION, LANG, UTF8 USER"), CAPABILITIES),
            new Explained(
                    new Difference("before login", "capa", "CAPA", "IMPLEMENTATION, LANG, UTF8 USER"), CAPABILITIES),
            new Explained(
                    new Difference("before login", "CAPA ", "CAPA", "IMPLEMENTATION, LANG, UTF8 USER"), CAPABILITIES),
            new Explained(
                    new Difference("login, pipelined", "CAPA", "CAPA", "IMPLEMENTATION, LANG, UTF8 USER"),
                    CAPABILITIES),
            new Explained(new Difference("login", "CAPA", "CAPA", "IMPLEMENTATION, LANG, UTF8 USER"), CAPABILITIES),
            new Explained(
                    new Difference(
                            "listings", "CAPA", "CAPA", "IMPLEMENTATION, LANG, SASL PLAIN LOGIN, USER, UTF8 USER"),
                    "RFC 2449, sections 6.2 and 6.3: USER and SASL are announced in both states. The rest as before a login"),
            new Explained(
                    new Difference("before login", "UTF8", "-ERR", "+OK"),
                    "RFC 6856, section 2.1: an extension that Dovecot 2.3 does not have"),
            new Explained(
                    new Difference("before login", "LANG", "-ERR", "+OK"),
                    "RFC 6856, section 3: an extension that Dovecot 2.3 does not have"),
            new Explained(
                    new Difference("arguments", "LANG", "-ERR", "+OK"), "RFC 6856, section 3: allowed in both states"),
            new Explained(
                    new Difference("before login", "USER", "+OK", "-ERR"),
                    "RFC 1939, section 7: the name is required; Dovecot complains only at PASS"),
            new Explained(
                    new Difference("before login", "CAPA x", "+OK", "-ERR"),
                    "RFC 2449, section 5: CAPA has no arguments. A line that is not valid gets -ERR (RFC 1939, section 3)"),
            new Explained(
                    new Difference("before login", "QUIT x", "+OK", "-ERR"),
                    "RFC 1939, section 4: QUIT has no arguments"),
            new Explained(
                    new Difference("before login", "AUTH NOPE", "-ERR [AUTH]", "-ERR"),
                    "RFC 3206, section 4: AUTH says that the credentials are wrong; an unknown mechanism is none"),
            new Explained(
                    new Difference("before login", "AUTH PLAIN !", "-ERR [AUTH]", "-ERR"),
                    "RFC 3206, section 4: what is no base64 holds no credentials (RFC 5034, section 4)"),
            new Explained(
                    new Difference("login", "!", "-ERR [AUTH]", "-ERR"),
                    "RFC 3206, section 4: the same in a response of its own"),
            new Explained(
                    new Difference("before login", "AUTH PLAIN =", "-ERR [AUTH]", "-ERR"),
                    "RFC 3206, section 4: an empty response holds no credentials (RFC 4616, section 2)"),
            new Explained(new Difference("arguments", "LIST 1 ", "-ERR", "+OK 1 28"), STRAY_SPACE),
            new Explained(new Difference("arguments", "UIDL 1 ", "-ERR", "+OK 1 id"), STRAY_SPACE),
            new Explained(new Difference("arguments", "RETR 1 ", "-ERR", "+OK"), STRAY_SPACE),
            new Explained(new Difference("arguments", "DELE 1 ", "-ERR", "+OK"), STRAY_SPACE),
            new Explained(
                    new Difference("arguments", "TOP 1 99999999999999999999", "-ERR", "+OK"),
                    "RFC 1939, section 7: any number of lines is allowed; more than there are means all of them"),
            new Explained(new Difference("arguments", "STAT 1", "+OK 51 108191", "-ERR"), NO_ARGUMENTS),
            new Explained(new Difference("arguments", "NOOP x", "+OK", "-ERR"), NO_ARGUMENTS),
            new Explained(new Difference("arguments", "RSET x", "+OK", "-ERR"), NO_ARGUMENTS),
            new Explained(
                    new Difference("arguments", "QUIT x", "+OK", "-ERR"),
                    "RFC 1939, section 6: QUIT has no arguments; one that is not valid must remove nothing (section 3)"));

    private ExplainedDifferences() {}

    /** A difference and its reason. */
    record Explained(Difference difference, String reason) {
        /** The line of the table in the document. */
        String row() {
            return "| %s | `%s` | `%s` | `%s` | %s |"
                    .formatted(
                            difference.when(), difference.command(), difference.dovecot(), difference.vmail(), reason);
        }
    }
}
