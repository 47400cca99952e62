package org.vmail.delivery.relay;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import com.google.common.io.BaseEncoding;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Filter;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.Relay;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.Routing;

/**
 * The Sender Rewriting Scheme: mail that is forwarded gets a reverse-path of ours, so that the next host, which may look
 * whether we may send for the sender's domain (RFC 7208), takes it, and reports find their way back through us.
 *
 * <p>{@code joe@a.example} becomes {@code SRS0=hash=day=a.example=joe@ours.example}, and a path that another forwarder has
 * rewritten becomes {@code SRS1=hash=theirs.example==…@ours.example}. The hash is an HMAC of all that follows, so nobody else
 * can make such an address, and it expires. Case does not count, because some hosts do not keep it. Immutable and
 * thread-safe; each {@code with…} method returns a changed copy.
 */
public final class SenderRewriting {
    private static final BaseEncoding BASE32 = BaseEncoding.base32().omitPadding();
    private static final String DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final Pattern REWRITTEN = Pattern.compile("(?i)SRS[01][=+-].*");
    private static final int HASH_OCTETS = 5;
    private static final int SHORTEST_SECRET = 16;

    /** Days are counted in two digits of base 32. */
    private static final int DAYS = 1024;

    private final Domain domain;
    private final byte[] secret;
    private final Optional<byte[]> oldSecret;
    private final Duration validity;
    private final Clock clock;

    private SenderRewriting(Domain domain, byte[] secret, Optional<byte[]> oldSecret, Duration validity, Clock clock) {
        checkArgument(
                secret.length >= SHORTEST_SECRET
                        && oldSecret.map(old -> old.length >= SHORTEST_SECRET).orElse(true),
                "A secret needs 16 octets");
        checkArgument(validity.toDays() >= 1 && validity.toDays() < DAYS / 2, "Addresses are valid for 1 to 511 days");
        this.domain = domain;
        this.secret = secret;
        this.oldSecret = oldSecret;
        this.validity = validity;
        this.clock = clock;
    }

    /**
     * Rewrites to addresses of a domain.
     *
     * @param domain a domain whose mail comes here
     * @param secret at least 16 octets that nobody else knows; copied
     * @return rewriting with a validity of 21 days
     */
    public static SenderRewriting of(Domain domain, byte[] secret) {
        return of(domain, secret, Clock.systemUTC());
    }

    static SenderRewriting of(Domain domain, byte[] secret, Clock clock) {
        return new SenderRewriting(domain, secret.clone(), Optional.empty(), Duration.ofDays(21), clock);
    }

    /**
     * Sets the secret that was used before, whose addresses still count.
     *
     * @param old at least 16 octets; copied
     * @return the changed copy
     */
    public SenderRewriting withOldSecret(byte[] old) {
        return new SenderRewriting(domain, secret, Optional.of(old.clone()), validity, clock);
    }

    /**
     * Sets for how long reports are accepted.
     *
     * @param time 1 to 511 days; default 21 days
     * @return the changed copy
     */
    public SenderRewriting withValidity(Duration time) {
        return new SenderRewriting(domain, secret, oldSecret, time, clock);
    }

    /**
     * Rewrites the reverse-path of all that a relay gets.
     *
     * @param relay sends it on
     * @return a relay in front of it
     */
    public Relay forwarding(Relay relay) {
        return envelope -> relay.begin(new Envelope(rewrite(envelope.reversePath()), envelope.recipients()));
    }

    /**
     * Routes reports to those whose addresses were rewritten, and everything else as before. An address that we have not
     * made, or that has expired, is unknown.
     *
     * @param others routes the rest
     * @return a router in front of it
     */
    public RecipientRouter returning(RecipientRouter others) {
        return new RecipientRouter() {
            @Override
            public Routing route(MailAddress recipient) throws IOException {
                return isRewritten(recipient)
                        ? restore(recipient)
                                .<Routing>map(original -> new Routing.Alias(Set.of(), List.of(original)))
                                .orElseGet(Routing.Unknown::new)
                        : others.route(recipient);
            }

            @Override
            public Optional<Filter> filter(Domain domain) throws IOException {
                return others.filter(domain);
            }
        };
    }

    /**
     * Rewrites a reverse-path.
     *
     * @param path of a message that is sent on
     * @return a path in our domain; the same one if it is empty, in our domain already, or too long for an address: 64 octets
     *     in front of the {@code @} (RFC 5321, section 4.5.3.1.1)
     */
    public ReversePath rewrite(ReversePath path) {
        return MailAddress.parse(path.address())
                .filter(sender -> !sender.domain().equals(domain))
                .flatMap(sender -> address(rewritten(sender)))
                .map(address -> new ReversePath(address.toString()))
                .orElse(path);
    }

    /**
     * Undoes it.
     *
     * @param address the recipient of a report
     * @return whom the report is for; empty if the address is not one of ours, or has expired
     */
    public Optional<MailAddress> restore(MailAddress address) {
        if (!isRewritten(address)) {
            return Optional.empty();
        }
        String text = address.localPart();
        String rest = text.substring(5);
        if (text.charAt(3) == '0') {
            List<String> parts = Splitter.on('=').limit(4).splitToList(rest);
            return parts.size() == 4
                            && isOurs(parts.get(0), parts.get(1) + "=" + parts.get(2) + "=" + parts.get(3))
                            && isValid(parts.get(1))
                    ? address(parts.get(3), parts.get(2))
                    : Optional.empty();
        }
        List<String> parts = Splitter.on('=').limit(3).splitToList(rest);
        return parts.size() == 3 && isOurs(parts.get(0), parts.get(1) + "=" + parts.get(2))
                ? address("SRS0" + parts.get(2), parts.get(1))
                : Optional.empty();
    }

    private boolean isRewritten(MailAddress address) {
        return address.domain().equals(domain)
                && REWRITTEN.matcher(address.localPart()).matches();
    }

    private String rewritten(MailAddress sender) {
        String local = sender.localPart();
        if (!REWRITTEN.matcher(local).matches()) {
            String content = day() + "=" + sender.domain() + "=" + local;
            return "SRS0=" + hash(secret, content) + "=" + content;
        }
        if (local.charAt(3) == '0') {
            String content = sender.domain() + "=" + local.substring(4);
            return "SRS1=" + hash(secret, content) + "=" + content;
        }
        // The first forwarder stays the one that reports go to; the ones in between are left out.
        List<String> parts = Splitter.on('=').limit(3).splitToList(local.substring(5));
        String content = parts.size() == 3 ? parts.get(1) + "=" + parts.get(2) : sender.domain() + "==" + local;
        return "SRS1=" + hash(secret, content) + "=" + content;
    }

    private Optional<MailAddress> address(String local) {
        return address(local, domain.name());
    }

    private static Optional<MailAddress> address(String local, String domain) {
        try {
            return Optional.of(new MailAddress(local, Domain.of(domain)));
        } catch (IllegalArgumentException tooLong) {
            return Optional.empty();
        }
    }

    private boolean isOurs(String hash, String content) {
        return matches(secret, hash, content)
                || oldSecret.map(old -> matches(old, hash, content)).orElse(false);
    }

    private static boolean matches(byte[] key, String hash, String content) {
        return MessageDigest.isEqual(
                hash(key, content).getBytes(UTF_8), Ascii.toUpperCase(hash).getBytes(UTF_8));
    }

    private static String hash(byte[] key, String content) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            byte[] all = mac.doFinal(content.toLowerCase(Locale.ROOT).getBytes(UTF_8));
            return BASE32.encode(all, 0, HASH_OCTETS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The JVM has no HMAC", e);
        }
    }

    private int today() {
        return (int) Math.floorMod(
                clock.instant().getEpochSecond() / Duration.ofDays(1).toSeconds(), (long) DAYS);
    }

    private String day() {
        int day = today();
        return "" + DIGITS.charAt(day >> 5) + DIGITS.charAt(day & 31);
    }

    private boolean isValid(String day) {
        String digits = Ascii.toUpperCase(day);
        int high = digits.length() == 2 ? DIGITS.indexOf(digits.charAt(0)) : -1;
        int low = digits.length() == 2 ? DIGITS.indexOf(digits.charAt(1)) : -1;
        return high >= 0 && low >= 0 && Math.floorMod(today() - (high * 32 + low), DAYS) <= validity.toDays();
    }
}
