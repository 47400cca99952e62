package org.vmail.auth.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;
import org.vmail.domain.LoginResolution;
import org.vmail.internal.HashingPermits;
import org.vmail.internal.ScramKeys;

/**
 * The SCRAM keys of everybody, those who do not exist included.
 *
 * <p>Accounts with stored keys have theirs; for those whose password is kept as it is keys are derived, when the client's
 * proof is there, and remembered while the password is the same. Everybody else gets a salt made from the name, the
 * iteration count and the length of salt that the last real user had, and keys that no proof fits: derived and remembered,
 * too, if the last real user's were, so that neither the messages nor the work tell who exists. Thread-safe.
 */
final class ScramAccounts {
    private static final int MAX_REMEMBERED = 10_000;
    private static final int SALT_OCTETS = 16;

    private final Cache<String, Derived> derived =
            CacheBuilder.newBuilder().maximumSize(MAX_REMEMBERED).build();
    private final Directory directory;
    private final byte[] secret;
    private volatile Appearance appearance = new Appearance(ScramKeys.MIN_ITERATIONS, SALT_OCTETS, false);

    ScramAccounts(Directory directory, byte[] secret) {
        this.directory = directory;
        this.secret = secret;
    }

    /** Finds what a login's exchange needs; {@code name} is what the client called itself. */
    ScramAccount find(String name, LoginResolution resolution) throws IOException {
        if (!(resolution instanceof LoginResolution.Resolved resolved)) {
            return nobody(name, resolution.reason());
        }
        String key = resolved.address().toLowerCase().toString();
        Optional<Account> account = directory.account(resolved.address());
        if (account.isEmpty()) {
            return nobody(key, "there is no account " + resolved.address());
        }
        return existing(key, account.get());
    }

    private ScramAccount existing(String key, Account account) {
        PasswordHash hash = account.passwordHash();
        Optional<String> plain = Logins.plainPassword(hash);
        if (plain.isPresent()) {
            appearance = new Appearance(ScramKeys.MIN_ITERATIONS, SALT_OCTETS, true);
            byte[] salt = mac("salt", key, SALT_OCTETS);
            return new ScramAccount(
                    salt,
                    ScramKeys.MIN_ITERATIONS,
                    () -> remembered(key, hash, plain.get().getBytes(UTF_8), salt, ScramKeys.MIN_ITERATIONS),
                    Optional.of(account),
                    "wrong password for " + account.address());
        }
        Optional<ScramKeys> stored = ScramKeys.parse(hash.encoded());
        if (stored.isEmpty()) {
            String problem = hash.isLocked() ? " is locked" : " has no keys for SCRAM";
            return nobody(key, "the account " + account.address() + problem);
        }
        ScramKeys keys = stored.get();
        appearance = new Appearance(keys.iterations(), keys.salt().length, false);
        return new ScramAccount(
                keys.salt(),
                keys.iterations(),
                () -> keys,
                Optional.of(account),
                "wrong password for " + account.address());
    }

    private ScramAccount nobody(String key, String reason) {
        Appearance like = appearance;
        byte[] salt = mac("salt", key, like.saltOctets());
        byte[] unknown = mac("key", key, ScramKeys.KEY_OCTETS);
        ScramAccount.Keys keys = like.derived()
                ? () -> remembered(key, PasswordHash.locked(), unknown, salt, like.iterations())
                : () -> ScramKeys.ofNobody(salt, like.iterations(), unknown);
        return new ScramAccount(salt, like.iterations(), keys, Optional.empty(), reason);
    }

    private ScramKeys remembered(String key, PasswordHash hash, byte[] password, byte[] salt, int iterations)
            throws IOException {
        Derived known = derived.getIfPresent(key);
        if (known != null
                && known.hash().equals(hash)
                && Arrays.equals(known.keys().salt(), salt)) {
            return known.keys();
        }
        ScramKeys keys = derive(password, salt, iterations);
        derived.put(key, new Derived(hash, keys));
        return keys;
    }

    private ScramKeys derive(byte[] password, byte[] salt, int iterations) throws IOException {
        HashingPermits.acquire();
        try {
            return ScramKeys.derive(password, salt, iterations);
        } finally {
            HashingPermits.release();
        }
    }

    private byte[] mac(String purpose, String key, int octets) {
        byte[] mac = ScramKeys.hmac(secret, (purpose + '\0' + key).getBytes(UTF_8));
        return Arrays.copyOf(Bytes.concat(mac, ScramKeys.hmac(mac, secret)), octets);
    }

    /** What a client sees of a user, and whether the keys had to be derived. */
    private record Appearance(int iterations, int saltOctets, boolean derived) {}

    private record Derived(PasswordHash hash, ScramKeys keys) {}
}
