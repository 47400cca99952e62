package org.vmail.auth.internal;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.vmail.auth.Password;
import org.vmail.domain.DomainChoice;

/** PLAIN (RFC 4616): {@code [authzid] NUL authcid NUL passwd}. */
record PlainMechanism(Logins logins, DomainChoice connection) implements Mechanism {
    /** Longer names resolve to nobody, and nobody logs in with a longer password. */
    static final int MAX_NAME_OCTETS = 512;

    static final int MAX_PASSWORD_OCTETS = 1024;

    @Override
    public SaslStep respond(byte[] response) throws IOException {
        int first = indexOfNul(response, 0);
        int second = first < 0 ? -1 : indexOfNul(response, first + 1);
        if (second < 0 || indexOfNul(response, second + 1) >= 0) {
            return new SaslStep.Malformed("PLAIN has two NULs");
        }
        Optional<String> authzid = name(Arrays.copyOf(response, first));
        Optional<String> authcid = name(Arrays.copyOfRange(response, first + 1, second));
        byte[] password = Arrays.copyOfRange(response, second + 1, response.length);
        if (authzid.isEmpty() || authcid.isEmpty()) {
            return new SaslStep.Malformed("a name in PLAIN is too long or not UTF-8");
        }
        if (authcid.get().isEmpty() || password.length == 0 || password.length > MAX_PASSWORD_OCTETS) {
            return new SaslStep.Malformed("PLAIN without name or password, or with one that is too long");
        }
        return login(authzid.get(), authcid.get(), Password.ofOctets(password));
    }

    private SaslStep login(String authzid, String authcid, Password password) throws IOException {
        // Equal names are the same account also where it is another server's and means none here.
        if (!authzid.equals(authcid)
                && !logins.isSameAccount(authzid, logins.resolve(authcid, connection), connection)) {
            // What the client knows anyway, so it need not take the time of a password check.
            return SaslStep.Done.of(Logins.rejected(
                    authcid, logins.resolve(authcid, connection), "nobody may act as somebody else", connection));
        }
        return logins.check(authcid, password, connection);
    }

    static Optional<String> name(byte[] octets) {
        return octets.length > MAX_NAME_OCTETS
                ? Optional.empty()
                : Utf8.decode(octets).flatMap(Logins::prepared);
    }

    private static int indexOfNul(byte[] octets, int from) {
        for (int i = from; i < octets.length; i++) {
            if (octets[i] == 0) {
                return i;
            }
        }
        return -1;
    }
}
