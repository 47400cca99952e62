package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.primitives.Bytes;
import java.util.Base64;
import java.util.Optional;
import org.vmail.auth.Password;
import org.vmail.chain.Upstream.LoginForm;

/**
 * With what we log in to another server. What it is made of was sent by a client, who may want to say more to that server
 * than a name and a password.
 *
 * @param actingFor as whom; empty if that is the same
 * @param name who says so
 * @param password whose
 */
record UpstreamCredentials(String actingFor, String name, Password password) {
    /** The longest command (RFC 2449, section 4), without keyword, space and CRLF. */
    private static final int MAX_ARGUMENT = 255 - "USER \r\n".length();

    /** Why they cannot be said in a form; empty if they can. */
    Optional<String> problem(LoginForm form) {
        byte[] who = octets(name);
        byte[] secret = password.octets();
        if (who.length == 0 || hasControl(who) || hasControl(octets(actingFor))) {
            return Optional.of("the name for the other server is empty or has control characters");
        }
        return switch (form) {
            case USER_PASS ->
                hasControl(secret) || secret.length > MAX_ARGUMENT || who.length > MAX_ARGUMENT
                        ? Optional.of("the name or the password does not fit into USER and PASS")
                        : Optional.empty();
            case SASL_PLAIN ->
                Bytes.contains(secret, (byte) 0) || secret.length == 0
                        ? Optional.of("the password is empty or has a NUL, so it does not fit into SASL PLAIN")
                        : Optional.empty();
        };
    }

    /** The argument of USER, one char for each octet. */
    String userArgument() {
        return new String(octets(name), ISO_8859_1);
    }

    /** The argument of PASS, one char for each octet. */
    String passArgument() {
        return new String(password.octets(), ISO_8859_1);
    }

    /** The message of SASL PLAIN (RFC 4616), in base64. */
    String plainMessage() {
        byte[] nul = {0};
        return Base64.getEncoder()
                .encodeToString(Bytes.concat(octets(actingFor), nul, octets(name), nul, password.octets()));
    }

    private static byte[] octets(String text) {
        return text.getBytes(UTF_8);
    }

    private static boolean hasControl(byte[] octets) {
        for (byte octet : octets) {
            if ((octet >= 0 && octet < ' ') || octet == 0x7f) {
                return true;
            }
        }
        return false;
    }
}
