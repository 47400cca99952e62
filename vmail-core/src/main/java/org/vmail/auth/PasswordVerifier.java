package org.vmail.auth;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.vmail.address.MailAddress;

/**
 * Somebody else who knows passwords: of hashes that vmail cannot check itself, such as yescrypt's, or that the directory
 * does not know. See {@link AuthenticatorOptions#withVerifier}. Implementations are thread-safe.
 */
@FunctionalInterface
public interface PasswordVerifier {
    /** What came of it. */
    enum Verdict {
        /** It is the user's password. */
        RIGHT,
        /** It is not, or the user may not log in. */
        WRONG,
        /** There is no such user. */
        UNKNOWN_USER
    }

    /**
     * Checks a password. It is asked for addresses without an account, too, so that the time does not tell who exists; the
     * answer does not count then.
     *
     * @param account the canonical address of an account, or an address that is none
     * @param password what the user typed, any octets
     * @return what came of it
     * @throws IOException if that cannot be told now; never to be taken for a wrong password
     */
    Verdict verify(MailAddress account, Password password) throws IOException;

    /**
     * Asks Linux-PAM's {@code /usr/sbin/unix_chkpwd}, which checks a system user's password by shadow(5) and crypt(3). The
     * user is the address's local part. It answers to root and to the group shadow; to others, and for users whom it does not
     * know, it fails.
     *
     * @return a verifier with {@link VerifierOptions#defaults()}
     */
    static PasswordVerifier unixChkpwd() {
        return unixChkpwd(Path.of("/usr/sbin/unix_chkpwd"), VerifierOptions.defaults());
    }

    /**
     * The same elsewhere, and with other bounds.
     *
     * @param program where it is
     * @param options bounds
     * @return a verifier
     */
    static PasswordVerifier unixChkpwd(Path program, VerifierOptions options) {
        return new UnixChkpwd(program.toString(), new ExternalProgram(options));
    }

    /**
     * Asks a program by <a href="https://cr.yp.to/checkpwd/interface.html">checkpassword's interface</a>: user, password and
     * time on descriptor 3, and status 0 for the right password, 1 for a wrong one; every other status is a failure. What
     * the program runs when the password is right is {@code /bin/true}, which is added to the command. It needs
     * {@code /bin/sh}, to open the descriptor; no shell ever sees user or password.
     *
     * @param command the program and its arguments
     * @param options bounds, and whether the user is the whole address
     * @return a verifier
     * @throws IllegalArgumentException if the command is empty
     */
    static PasswordVerifier checkpassword(List<String> command, VerifierOptions options) {
        return new Checkpassword(command, options, new ExternalProgram(options));
    }
}
