package org.vmail.net.internal;

import com.google.common.base.Ascii;
import java.util.List;

/** Knows a browser that was talked into speaking to a mail port. */
public final class HttpRequest {
    private static final List<String> VERBS =
            List.of("GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "TRACE ");
    private static final String HOST = "host:";

    private HttpRequest() {}

    /**
     * Whether a line that is no command comes from an HTTP client: whoever answers it takes part in an attack (ALPACA), in
     * which the body of the request holds commands. The request line may be too long to be seen, but the Host field always
     * follows it.
     *
     * @param line a line
     * @return whether to end the connection without an answer
     */
    public static boolean isLine(String line) {
        return VERBS.stream().anyMatch(line::startsWith)
                || Ascii.toLowerCase(line).startsWith(HOST);
    }
}
