package org.vmail.delivery.lmtp;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.net.InetAddresses;
import com.google.common.primitives.Ints;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * For whom a client that is trusted speaks (Postfix's XCLIENT_README): the client of the server that it stands before.
 * Immutable.
 */
final class ToldClient {
    static final ToldClient NOBODY = new ToldClient(Map.of());

    private static final String IPV6 = "IPV6:";
    private static final CharMatcher HOST_TEXT = CharMatcher.inRange('a', 'z')
            .or(CharMatcher.inRange('A', 'Z'))
            .or(CharMatcher.inRange('0', '9'))
            .or(CharMatcher.anyOf("-.:[]_"));
    private static final CharMatcher VISIBLE = CharMatcher.inRange('!', '~');
    private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();
    private static final int MAX_CHARS = 255;
    private static final int MAX_PORT = 65_535;

    /** What can be told, in decoded form. */
    enum Attribute {
        ADDR,
        NAME,
        PORT,
        PROTO,
        HELO,
        LOGIN,
        DESTADDR,
        DESTPORT;

        boolean allows(String value) {
            return switch (this) {
                case ADDR, DESTADDR -> address(value).isPresent();
                case PORT, DESTPORT -> isPort(value);
                case NAME, HELO, PROTO -> HOST_TEXT.matchesAllOf(value);
                case LOGIN -> VISIBLE.matchesAllOf(value);
            };
        }
    }

    private final Map<Attribute, String> told;

    private ToldClient(Map<Attribute, String> told) {
        this.told = told;
    }

    /** The attributes, as they are announced. */
    static String attributes() {
        return EnumSet.allOf(Attribute.class).stream().map(Attribute::name).collect(Collectors.joining(" "));
    }

    /** Adds what an XCLIENT command says to what is known; empty if it is not in order. */
    Optional<ToldClient> with(String argument) {
        Map<Attribute, String> all = new EnumMap<>(Attribute.class);
        all.putAll(told);
        int count = 0;
        for (String word : WORDS.split(argument)) {
            int equals = word.indexOf('=');
            Optional<Attribute> attribute = equals < 0 ? Optional.empty() : attribute(word.substring(0, equals));
            Optional<String> value = Xtext.decode(word.substring(equals + 1))
                    .filter(text -> !text.isEmpty() && text.length() <= MAX_CHARS);
            if (attribute.isEmpty() || value.isEmpty()) {
                return Optional.empty();
            }
            if (isUnknown(value.get())) {
                all.remove(attribute.get());
            } else if (attribute.get().allows(value.get())) {
                all.put(attribute.get(), value.get());
            } else {
                return Optional.empty();
            }
            count++;
        }
        return count == 0 ? Optional.empty() : Optional.of(new ToldClient(all));
    }

    Optional<String> name() {
        return Optional.ofNullable(told.get(Attribute.NAME));
    }

    Optional<String> helo() {
        return Optional.ofNullable(told.get(Attribute.HELO));
    }

    Optional<InetAddress> address() {
        return Optional.ofNullable(told.get(Attribute.ADDR)).flatMap(ToldClient::address);
    }

    /** All that is known, for logs. */
    @Override
    public String toString() {
        return told.toString();
    }

    private static Optional<Attribute> attribute(String name) {
        String upper = Ascii.toUpperCase(name);
        return EnumSet.allOf(Attribute.class).stream()
                .filter(attribute -> attribute.name().equals(upper))
                .findFirst();
    }

    private static boolean isUnknown(String value) {
        return Ascii.equalsIgnoreCase(value, "[UNAVAILABLE]") || Ascii.equalsIgnoreCase(value, "[TEMPUNAVAIL]");
    }

    private static boolean isPort(String value) {
        Integer port = CharMatcher.inRange('0', '9').matchesAllOf(value) ? Ints.tryParse(value) : null;
        return port != null && port <= MAX_PORT;
    }

    private static Optional<InetAddress> address(String value) {
        boolean marked = Ascii.toUpperCase(value).startsWith(IPV6);
        String text = marked ? value.substring(IPV6.length()) : value;
        return text.indexOf('%') < 0 && InetAddresses.isInetAddress(text) && (!marked || text.indexOf(':') >= 0)
                ? Optional.of(InetAddresses.forString(text))
                : Optional.empty();
    }
}
