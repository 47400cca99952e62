package org.vmail.auth.internal;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands before a SCRAM or OAUTHBEARER message (RFC 5801, section 4).
 *
 * @param text the header as it was sent, both commas included
 * @param binding whether and how the client binds to the channel
 * @param bindingType the name of the binding, empty if the client does not bind
 * @param authzid the identity to act as, decoded; empty if it is the client's own
 */
record Gs2Header(String text, Binding binding, String bindingType, String authzid) {
    enum Binding {
        /** {@code n}: the client cannot. */
        UNSUPPORTED,
        /** {@code y}: the client could, but thinks that the server cannot. */
        NOT_OFFERED,
        /** {@code p}: it does. */
        REQUIRED
    }

    private static final Pattern HEADER = Pattern.compile("(?:([ny])|p=([A-Za-z0-9.-]{1,64})),(?:a=([^,]+))?,");

    /** Reads the header that a message begins with, or empty if it begins with something else. */
    static Optional<Gs2Header> of(String message) {
        Matcher matcher = HEADER.matcher(message);
        if (!matcher.lookingAt()) {
            return Optional.empty();
        }
        String flag = matcher.group(1);
        String type = matcher.group(2);
        String name = matcher.group(3);
        Binding binding =
                type != null ? Binding.REQUIRED : "y".equals(flag) ? Binding.NOT_OFFERED : Binding.UNSUPPORTED;
        return saslName(name == null ? "" : name)
                .map(authzid -> new Gs2Header(matcher.group(), binding, type == null ? "" : type, authzid));
    }

    /** Decodes a saslname (RFC 5802, section 5.1): {@code =2C} and {@code =3D}, and no other use of the equals sign. */
    static Optional<String> saslName(String text) {
        String decoded = text.replace("=2C", ",").replace("=3D", "=");
        boolean sound = text.replace("=2C", "").replace("=3D", "").indexOf('=') < 0;
        return sound && text.indexOf('\0') < 0 && text.length() <= PlainMechanism.MAX_NAME_OCTETS
                ? Optional.of(decoded)
                : Optional.empty();
    }
}
