package org.vmail.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

/** What a user typed as a password. Immutable; its text never shows it. */
public final class Password {
    private final byte[] octets;

    private Password(byte[] octets) {
        this.octets = octets;
    }

    /**
     * A password in text, as UTF-8.
     *
     * @param text the password
     * @return the password
     */
    public static Password of(String text) {
        return new Password(text.getBytes(UTF_8));
    }

    /**
     * A password as the octets that a client sent, whatever their encoding.
     *
     * @param octets copied
     * @return the password
     */
    public static Password ofOctets(byte[] octets) {
        return new Password(octets.clone());
    }

    /**
     * The octets that are hashed.
     *
     * @return a copy
     */
    public byte[] octets() {
        return octets.clone();
    }

    /**
     * Nothing of the password.
     *
     * @return a fixed text
     */
    @Override
    public String toString() {
        return "Password[secret]";
    }
}
