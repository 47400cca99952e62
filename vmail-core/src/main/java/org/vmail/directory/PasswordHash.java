package org.vmail.directory;

import com.google.common.base.Ascii;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The stored form of a password, such as a crypt(3) hash. What schemes there are is for {@code org.vmail.auth} to know.
 * Immutable; its text never shows the hash.
 *
 * @param encoded the stored text, for example {@code $2b$10$…}; a secret
 */
public record PasswordHash(String encoded) {
    private static final String PLAIN = "{PLAIN}";
    private static final String ELSEWHERE = "{ELSEWHERE}";
    private static final Pattern SCHEME = Pattern.compile("\\{([A-Za-z0-9-]{1,30})\\}");

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
     * Reads a hash as Dovecot keeps it, with its scheme in braces before it, such as <code>{SHA512-CRYPT}$6$…</code>. The schemes
     * of crypt(3) say nothing that the hash does not say, and <code>{CLEARTEXT}</code> is another word for a password that is kept
     * as it is. What has a scheme that vmail does not know stays as it is, for a {@code PasswordVerifier}. A password that is
     * kept as it is and is empty locks the account.
     *
     * @param text a hash, with or without a scheme
     * @return the hash
     */
    public static PasswordHash ofScheme(String text) {
        Matcher scheme = SCHEME.matcher(text);
        if (!scheme.lookingAt()) {
            return new PasswordHash(text);
        }
        String rest = text.substring(scheme.end());
        return switch (Ascii.toUpperCase(scheme.group(1))) {
            case "CRYPT", "BLF-CRYPT", "SHA512-CRYPT", "SHA256-CRYPT", "MD5-CRYPT", "DES-CRYPT" ->
                rest.startsWith("{") ? locked() : new PasswordHash(rest);
            case "PLAIN", "CLEAR", "CLEARTEXT" -> rest.isEmpty() ? locked() : plain(rest);
            default -> new PasswordHash(text);
        };
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
