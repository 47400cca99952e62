package org.vmail.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.primitives.Bytes;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.PasswordHash;
import org.vmail.internal.ScramKeys;

/**
 * The passwords that were right lately, one for each account, as a MAC with a key of this instance. An entry holds for the
 * hash that the password was checked against and for no other. Thread-safe.
 */
final class VerifiedPasswords {
    private static final int KEY_OCTETS = 32;

    private final byte[] key = new byte[KEY_OCTETS];
    private final Cache<MailAddress, Entry> entries;

    VerifiedPasswords(AuthenticatorOptions options, LongSupplier clock) {
        new SecureRandom().nextBytes(key);
        entries = CacheBuilder.newBuilder()
                .maximumSize(options.rememberedAccounts())
                .expireAfterWrite(options.rememberedFor())
                .ticker(new Ticker() {
                    @Override
                    public long read() {
                        return clock.getAsLong();
                    }
                })
                .build();
    }

    boolean contains(Account account, Password password) {
        Entry entry = entries.getIfPresent(account.address());
        return entry != null
                && entry.hash().equals(account.passwordHash())
                && MessageDigest.isEqual(entry.mac(), mac(account.address(), password));
    }

    void add(Account account, Password password) {
        entries.put(account.address(), new Entry(account.passwordHash(), mac(account.address(), password)));
    }

    /** No address has a NUL, so no two pairs of address and password are the same octets. */
    private byte[] mac(MailAddress address, Password password) {
        return ScramKeys.hmac(key, Bytes.concat((address.toString() + '\0').getBytes(UTF_8), password.octets()));
    }

    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Entry(PasswordHash hash, byte[] mac) {}
}
