package org.vmail.auth.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.Optional;
import org.vmail.auth.Password;
import org.vmail.domain.DomainChoice;

/** LOGIN, which no RFC describes: the name, then the password, with the prompts that all servers use and few clients read. */
final class LoginMechanism implements Mechanism {
    private final Logins logins;
    private final DomainChoice connection;
    private Optional<String> name = Optional.empty();

    LoginMechanism(Logins logins, DomainChoice connection) {
        this.logins = logins;
        this.connection = connection;
    }

    @Override
    public byte[] prompt() {
        return "Username:".getBytes(US_ASCII);
    }

    @Override
    public SaslStep respond(byte[] response) throws IOException {
        if (name.isPresent()) {
            return password(name.get(), response);
        }
        name = PlainMechanism.name(response).filter(text -> !text.isEmpty() && text.indexOf('\0') < 0);
        return name.isPresent()
                ? new SaslStep.Challenge("Password:".getBytes(US_ASCII))
                : new SaslStep.Malformed("the name in LOGIN is empty, too long or not UTF-8");
    }

    private SaslStep password(String login, byte[] octets) throws IOException {
        if (octets.length == 0 || octets.length > PlainMechanism.MAX_PASSWORD_OCTETS || hasNul(octets)) {
            return new SaslStep.Malformed("the password in LOGIN is empty, too long or has a NUL");
        }
        return logins.check(login, Password.ofOctets(octets), connection);
    }

    private static boolean hasNul(byte[] octets) {
        for (byte octet : octets) {
            if (octet == 0) {
                return true;
            }
        }
        return false;
    }
}
