package org.vmail.auth.internal;

import java.io.IOException;
import java.util.Optional;
import org.vmail.directory.Account;
import org.vmail.internal.ScramKeys;

/** One side of a SCRAM exchange: somebody who exists, or a likeness. */
final class ScramAccount {
    /** Gives the keys, perhaps after some work. */
    interface Keys {
        ScramKeys get() throws IOException;
    }

    private final byte[] salt;
    private final int iterations;
    private final Keys keys;
    private final Optional<Account> account;
    private final String rejection;

    /** Without an account no proof is accepted; {@code rejection} says why, or why a wrong proof is not. */
    ScramAccount(byte[] salt, int iterations, Keys keys, Optional<Account> account, String rejection) {
        this.salt = salt;
        this.iterations = iterations;
        this.keys = keys;
        this.account = account;
        this.rejection = rejection;
    }

    byte[] salt() {
        return salt;
    }

    int iterations() {
        return iterations;
    }

    ScramKeys keys() throws IOException {
        return keys.get();
    }

    Optional<Account> account() {
        return account;
    }

    String rejection() {
        return rejection;
    }
}
