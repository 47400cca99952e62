package org.vmail.pop3;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.vmail.auth.SaslMechanism;

/**
 * What a session says that it can do (RFC 2449, section 6). Where a login may go to another server, that is what both can
 * do, since nobody knows yet who will serve the client.
 *
 * @param options what we can do
 * @param upstreams what each of the other servers can do; none if the session is served here
 */
record Capabilities(Pop3Options options, List<UpstreamCapabilities> upstreams) {
    private static final String EXPIRE = "EXPIRE";
    private static final String LOGIN_DELAY = "LOGIN-DELAY";

    /** Whether all can do something. */
    boolean has(String name) {
        return upstreams.stream().allMatch(upstream -> upstream.has(name));
    }

    /**
     * The lines of the list.
     *
     * @param clearText whether USER and PASS are allowed
     * @param mechanisms which SASL mechanisms are offered
     * @param stls whether TLS can begin
     */
    List<String> lines(boolean clearText, List<SaslMechanism> mechanisms, boolean stls) {
        List<String> lines = new ArrayList<>();
        Stream.of("TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE")
                .filter(this::has)
                .forEach(lines::add);
        if (clearText) {
            lines.add("USER");
        }
        if (!mechanisms.isEmpty()) {
            lines.add("SASL "
                    + String.join(
                            " ",
                            mechanisms.stream().map(SaslMechanism::wireName).toList()));
        }
        if (stls) {
            lines.add("STLS");
        }
        if (has("UTF8")) {
            boolean names = upstreams.stream()
                    .flatMap(upstream -> upstream.arguments("UTF8").stream())
                    .allMatch("USER"::equalsIgnoreCase);
            lines.add(names ? "UTF8 USER" : "UTF8"); // RFC 6856, section 2.1
        }
        if (has("LANG")) {
            lines.add("LANG");
        }
        expire().ifPresent(expire -> lines.add(EXPIRE + " " + expire));
        loginDelay().ifPresent(delay -> lines.add(LOGIN_DELAY + " " + delay));
        lines.add("IMPLEMENTATION vmail");
        return lines;
    }

    /** Where policies differ, the shortest time that any user may have (RFC 2449, section 6.7); without one, none is known. */
    private Optional<String> expire() {
        if (upstreams.isEmpty()) {
            return options.expire();
        }
        List<String> all = Stream.concat(
                        options.expire().stream(),
                        upstreams.stream().flatMap(upstream -> upstream.arguments(EXPIRE).stream()))
                .toList();
        if (all.size() <= upstreams.size()) {
            return Optional.empty();
        }
        return all.stream().distinct().count() == 1
                ? Optional.of(all.get(0))
                : all.stream().map(Capabilities::days).min(Integer::compare).map(days -> days + " USER");
    }

    /** Where delays differ, the longest that any user may have (RFC 2449, section 6.5). */
    private Optional<String> loginDelay() {
        LongStream theirs = upstreams.stream()
                .mapToLong(upstream -> upstream.arguments(LOGIN_DELAY)
                        .map(Capabilities::number)
                        .orElse(0));
        long[] all = LongStream.concat(LongStream.of(options.loginDelay().toSeconds()), theirs)
                .sorted()
                .toArray();
        long longest = all[all.length - 1];
        boolean differ = all[0] != longest;
        return longest == 0 ? Optional.empty() : Optional.of(longest + (differ ? " USER" : ""));
    }

    private static int days(String expire) {
        return expire.startsWith("NEVER") ? Integer.MAX_VALUE : number(expire);
    }

    /** The number that an argument begins with; what has none counts as 0. */
    private static int number(String argument) {
        int end = 0;
        while (end < argument.length() && end < 9 && argument.charAt(end) >= '0' && argument.charAt(end) <= '9') {
            end++;
        }
        return end == 0 ? 0 : Integer.parseInt(argument.substring(0, end));
    }
}
