package org.vmail.directory;

/**
 * The stored form of a password, such as a crypt(3) hash. What schemes there are is for {@code org.vmail.auth} to know.
 * Immutable; its text never shows the hash.
 *
 * @param encoded the stored text, for example {@code $2b$10$…}; a secret
 */
public record PasswordHash(String encoded) {
    private static final String PLAIN = "{PLAIN}";
    private static final String ELSEWHERE = "{ELSEWHERE}";

    /**
     * A hash that no password has, as {@code *} and {@code !} in shadow(5).
     *
     * @return the hash of a locked account
     */
    public static PasswordHash locked() {
        return new PasswordHash("!");
    }

    /**
     * A password that is kept as it is, for tests and for applications that hold it in memory anyway.
     *
     * @param password the password
     * @return its unhashed form
     */
    public static PasswordHash plain(String password) {
        return new PasswordHash(PLAIN + password);
    }

    /**
     * In the place of a hash that the directory does not know: somebody else does, and is asked.
     *
     * @return what stands for it
     */
    public static PasswordHash elsewhere() {
        return new PasswordHash(ELSEWHERE);
    }

    /**
     * Whether this only stands for a hash that the directory does not know, and so does not change with the password.
     *
     * @return whether it is {@link #elsewhere}
     */
    public boolean isElsewhere() {
        return encoded.equals(ELSEWHERE);
    }

    /**
     * Whether no password can match, because the account has none or is locked.
     *
     * @return whether the text is empty or begins with {@code !} or {@code *}
     */
    public boolean isLocked() {
        return encoded.isEmpty() || encoded.startsWith("!") || encoded.startsWith("*");
    }

    /**
     * Nothing of the hash.
     *
     * @return a fixed text
     */
    @Override
    public String toString() {
        return "PasswordHash[secret]";
    }
}
