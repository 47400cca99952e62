package org.vmail.directory;

import com.google.common.base.CharMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.Printable;

/**
 * What is unusual about an account, as it stands in a file {@code accounts.DOMAIN} behind the name: {@code disabled},
 * {@code quota=SIZE[,MESSAGES]} and {@code forward=ADDRESS[,ADDRESS…]} with or without {@code keep}.
 *
 * @param disabled whether the account is switched off
 * @param quota how much its mailbox may hold, if not what is usual in its domain
 * @param forward where its mail goes instead of or beside its mailbox
 */
public record AccountSettings(boolean disabled, Optional<Quota> quota, Optional<Forward> forward) {
    /** Nothing unusual. */
    public static final AccountSettings NONE = new AccountSettings(false, Optional.empty(), Optional.empty());

    private static final String UNLIMITED = "unlimited";
    private static final String UNITS = "kMGT";
    private static final int UNIT_BITS = 10;
    private static final int MAX_DIGITS = 18;

    /**
     * Reads the form that the file has. Words stand in any order, each at most once; one that begins with {@code #} begins a
     * comment. A size is a number of octets, or of 1024, 1024² … of them with {@code k}, {@code M}, {@code G} or {@code T}
     * behind it; both limits of a quota are positive, or {@code unlimited}. An address without a domain is one of this domain;
     * one that needs quotes has them.
     *
     * @param text what stands behind the colon
     * @param own the domain of the account
     * @return the settings
     * @throws IllegalArgumentException if it is anything else, or nothing; the message says why and is safe to log
     */
    public static AccountSettings parse(String text, Domain own) {
        Reading reading = new Reading(own);
        for (String word : AliasTargets.splitUnquoted(text.replace('\t', ' '), ' ', Integer.MAX_VALUE)) {
            if (word.startsWith("#")) {
                break;
            }
            if (!word.isEmpty()) {
                reading.word(word);
            }
        }
        return reading.settings();
    }

    /**
     * Reads a quota.
     *
     * @param text {@code SIZE} or {@code SIZE,MESSAGES}, as in the file
     * @return the quota
     * @throws IllegalArgumentException if it is anything else; the message says why and is safe to log
     */
    public static Quota quota(String text) {
        int comma = text.indexOf(',');
        long octets = limit(comma < 0 ? text : text.substring(0, comma), UNITS);
        return new Quota(octets, comma < 0 ? Long.MAX_VALUE : limit(text.substring(comma + 1), ""));
    }

    /** What is unusual about an account. */
    static AccountSettings of(Account account) {
        return new AccountSettings(account.disabled(), account.quota(), account.forward());
    }

    /**
     * The account with these settings.
     *
     * @param account as it is without them
     * @return as it is with them
     */
    Account on(Account account) {
        return new Account(account.address(), account.passwordHash(), account.fullName(), disabled, forward, quota);
    }

    /** Whether mail goes round to where it came from, which would lead nowhere. */
    boolean forwardsTo(MailAddress address) {
        return forward.stream()
                .flatMap(onward -> onward.to().stream())
                .anyMatch(to -> to.toLowerCase().equals(address.toLowerCase()));
    }

    /**
     * The form that the file has.
     *
     * @return words that {@link #parse} turns into equal settings, if there are any
     */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        if (disabled) {
            words.add("disabled");
        }
        quota.ifPresent(limits -> words.add("quota=" + text(limits)));
        forward.ifPresent(onward -> {
            words.add(
                    "forward=" + onward.to().stream().map(MailAddress::toString).collect(Collectors.joining(",")));
            if (onward.keepCopy()) {
                words.add("keep");
            }
        });
        return String.join(" ", words);
    }

    private static String text(Quota quota) {
        String size = size(quota.octets());
        return quota.messages() == Long.MAX_VALUE ? size : size + "," + quota.messages();
    }

    private static String size(long octets) {
        if (octets == Long.MAX_VALUE) {
            return UNLIMITED;
        }
        long number = octets;
        int unit = 0;
        while (unit < UNITS.length() && number != 0 && number % (1 << UNIT_BITS) == 0) {
            number >>= UNIT_BITS;
            unit++;
        }
        return unit == 0 ? Long.toString(number) : Long.toString(number) + UNITS.charAt(unit - 1);
    }

    private static long limit(String text, String units) {
        if (text.equals(UNLIMITED)) {
            return Long.MAX_VALUE;
        }
        int unit = text.isEmpty() ? -1 : unit(text.charAt(text.length() - 1), units);
        String digits = unit < 0 ? text : text.substring(0, text.length() - 1);
        boolean number = !digits.isEmpty()
                && digits.length() <= MAX_DIGITS
                && CharMatcher.inRange('0', '9').matchesAllOf(digits);
        long count = number ? Long.parseLong(digits) : 0;
        int bits = UNIT_BITS * (unit + 1);
        if (count == 0 || count > (Long.MAX_VALUE - 1) >> bits) {
            throw new IllegalArgumentException("'" + Printable.of(text) + "' is no limit such as "
                    + (units.isEmpty() ? "10000" : "500M") + " or unlimited");
        }
        return count << bits;
    }

    private static int unit(char letter, String units) {
        return units.toLowerCase(Locale.ROOT).indexOf(Character.toLowerCase(letter));
    }

    /** What was read so far. */
    private static final class Reading {
        private final Domain own;
        private boolean disabled;
        private boolean keep;
        private @Nullable Quota quota;
        private @Nullable List<MailAddress> forward;

        Reading(Domain own) {
            this.own = own;
        }

        void word(String word) {
            int equals = word.indexOf('=');
            String value = word.substring(equals + 1);
            switch (equals < 0 ? word : word.substring(0, equals + 1)) {
                case "disabled" -> {
                    first(!disabled, word);
                    disabled = true;
                }
                case "keep" -> {
                    first(!keep, word);
                    keep = true;
                }
                case "quota=" -> {
                    first(quota == null, word);
                    quota = quota(value);
                }
                case "forward=" -> {
                    first(forward == null, word);
                    forward = addresses(value);
                }
                default ->
                    throw new IllegalArgumentException(
                            "'" + Printable.of(word) + "' is none of disabled, quota=…, forward=… and keep");
            }
        }

        private static void first(boolean isFirst, String word) {
            if (!isFirst) {
                throw new IllegalArgumentException("'" + Printable.of(word) + "' says again what was said before");
            }
        }

        private List<MailAddress> addresses(String text) {
            AliasTargets names = new AliasTargets(own);
            return AliasTargets.splitUnquoted(text, ',', Integer.MAX_VALUE).stream()
                    .map(names::address)
                    .toList();
        }

        AccountSettings settings() {
            if (keep && forward == null) {
                throw new IllegalArgumentException("keep needs a forward");
            }
            if (!disabled && quota == null && forward == null) {
                throw new IllegalArgumentException("nothing is said");
            }
            return new AccountSettings(
                    disabled,
                    Optional.ofNullable(quota),
                    Optional.ofNullable(forward).map(to -> new Forward(to, keep)));
        }
    }
}
