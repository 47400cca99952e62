package org.vmail.auth.internal;

import java.io.IOException;
import java.util.Optional;

/**
 * One run of a SASL mechanism (RFC 4422, section 3), from the server's side.
 *
 * <p>Not thread-safe: it belongs to one connection. Cancelling ({@code *}) is just not to go on with it.
 */
public final class SaslExchange {
    /** The longest response of any mechanism, in octets before base64. */
    public static final int MAX_RESPONSE_OCTETS = 12 * 1024;

    private final Mechanism mechanism;
    private boolean over;

    SaslExchange(Mechanism mechanism) {
        this.mechanism = mechanism;
    }

    /**
     * What the server says if there was no initial response.
     *
     * @return the first prompt of LOGIN, an empty challenge for the mechanisms that the client begins
     */
    public SaslStep.Challenge start() {
        return new SaslStep.Challenge(mechanism.prompt());
    }

    /**
     * Takes a response of the client, and checks at once what there is to check.
     *
     * @param response its octets, after base64
     * @return what comes next; never a {@link SaslStep.Check}
     * @throws IOException if that cannot be told now; the exchange is over
     * @throws IllegalStateException if the exchange was over
     */
    public SaslStep respond(byte[] response) throws IOException {
        SaslStep step = consider(response);
        return step instanceof SaslStep.Check check ? check.decision().make() : step;
    }

    /**
     * The rejection that is decided already, though the client is to answer once more: so it counts, whether it answers or
     * not.
     *
     * @return empty if nothing is decided, or if the exchange is over
     */
    public Optional<LoginResult.Rejected> rejection() {
        return over ? Optional.empty() : mechanism.rejection();
    }

    /**
     * Takes a response of the client; an initial response is just the first of them.
     *
     * @param response its octets, after base64
     * @return what comes next; for a {@link SaslStep.Check} it is the caller's to say when
     * @throws IOException if that cannot be told now; the exchange is over
     * @throws IllegalStateException if the exchange was over
     */
    public SaslStep consider(byte[] response) throws IOException {
        if (over) {
            throw new IllegalStateException("The exchange is over");
        }
        over = true;
        if (response.length > MAX_RESPONSE_OCTETS) {
            return new SaslStep.Malformed("the response is too long");
        }
        SaslStep step = mechanism.respond(response);
        over = !(step instanceof SaslStep.Challenge);
        return step;
    }
}
