package org.vmail.auth;

import com.google.common.base.Ascii;
import java.util.Arrays;
import java.util.Optional;

/** The SASL mechanisms (RFC 4422) that vmail's servers can speak. */
public enum SaslMechanism {
    /** The password as it is (RFC 4616). */
    PLAIN("PLAIN", true),
    /** Login and password, one after the other, as old clients send them; in no RFC. */
    LOGIN("LOGIN", true),
    /** A proof that the client knows the password, and one that the server does (RFC 5802, RFC 7677). */
    SCRAM_SHA_256("SCRAM-SHA-256", false),
    /** The same, bound to the TLS connection, so that nobody can be in the middle (RFC 5802, section 6). */
    SCRAM_SHA_256_PLUS("SCRAM-SHA-256-PLUS", false),
    /** A token from an identity provider (RFC 7628). */
    OAUTHBEARER("OAUTHBEARER", true),
    /** The same in the form that came before the RFC, which some clients still send. */
    XOAUTH2("XOAUTH2", true);

    private final String wireName;
    private final boolean secretShown;

    SaslMechanism(String wireName, boolean secretShown) {
        this.wireName = wireName;
        this.secretShown = secretShown;
    }

    /**
     * The name that clients and servers use.
     *
     * @return upper-case letters, digits and hyphens
     */
    public String wireName() {
        return wireName;
    }

    /**
     * Whether who listens to the connection learns a password or a token from it, so that it needs TLS.
     *
     * @return whether the secret itself is sent
     */
    public boolean showsSecret() {
        return secretShown;
    }

    /**
     * Finds a mechanism.
     *
     * @param name what a client sent, in any case
     * @return the mechanism, or empty if there is none of that name
     */
    public static Optional<SaslMechanism> parse(String name) {
        return Arrays.stream(values())
                .filter(mechanism -> Ascii.equalsIgnoreCase(mechanism.wireName, name))
                .findFirst();
    }
}
