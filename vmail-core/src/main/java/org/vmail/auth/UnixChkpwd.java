package org.vmail.auth;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.vmail.address.MailAddress;

/** Linux-PAM's helper: the user is an argument, the password on standard input up to a NUL, the status a PAM code. */
record UnixChkpwd(String path, ExternalProgram program) implements PasswordVerifier {
    /** PAM_MAX_RESP_SIZE; the helper would cut longer ones off. */
    private static final int MAX_PASSWORD_OCTETS = 511;

    private static final int SUCCESS = 0;
    private static final int AUTHENTICATION_FAILED = 7;
    private static final int USER_UNKNOWN = 10;

    @Override
    public Verdict verify(MailAddress account, Password password) throws IOException {
        byte[] octets = password.octets();
        if (octets.length > MAX_PASSWORD_OCTETS
                || containsNul(octets)
                || account.localPart().startsWith("-")) {
            return Verdict.WRONG;
        }
        List<String> command = List.of(path, account.localPart(), "nonull");
        int status = program.run(command, Arrays.copyOf(octets, octets.length + 1));
        return switch (status) {
            case SUCCESS -> Verdict.RIGHT;
            case AUTHENTICATION_FAILED -> Verdict.WRONG;
            case USER_UNKNOWN -> Verdict.UNKNOWN_USER;
            default -> throw new IOException(path + " failed with status " + status);
        };
    }

    static boolean containsNul(byte[] octets) {
        for (byte octet : octets) {
            if (octet == 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return path;
    }
}
