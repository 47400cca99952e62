package org.vmail.pop3;

import com.google.common.base.Ascii;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What another server says that it can do (RFC 2449, section 5).
 *
 * @param arguments of each capability, by its name in capital letters
 */
record UpstreamCapabilities(Map<String, String> arguments) {
    /**
     * What a server can do that has no CAPA, such as popa3d. RFC 1939 makes both optional, but no server is known that lacks
     * them, and a client that is told of no UIDL leaves no mail on the server.
     */
    static UpstreamCapabilities least() {
        return of(List.of("TOP", "UIDL"));
    }

    static UpstreamCapabilities of(List<String> lines) {
        Map<String, String> arguments = new LinkedHashMap<>();
        for (String line : lines) {
            int space = line.indexOf(' ');
            String name = space < 0 ? line : line.substring(0, space);
            arguments.put(Ascii.toUpperCase(name), space < 0 ? "" : line.substring(space + 1));
        }
        return new UpstreamCapabilities(arguments);
    }

    boolean has(String name) {
        return arguments.containsKey(name);
    }

    Optional<String> arguments(String name) {
        return Optional.ofNullable(arguments.get(name));
    }
}
