package org.vmail.directory;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.RewriteRule;

/**
 * An alias for all names that match a regular expression: {@code AliasPattern.of("list-(.+)", "$1@lists.example")}. It counts
 * only for names that nobody has, so that no pattern takes a user's mail. Immutable and thread-safe.
 */
public final class AliasPattern {
    private static final int MAX_STEPS = 20_000;

    private final String expression;
    private final List<RewriteRule> targets;

    private AliasPattern(String expression, List<RewriteRule> targets) {
        this.expression = expression;
        this.targets = targets;
    }

    /**
     * Compiles a pattern.
     *
     * @param expression a regular expression, as {@link java.util.regex.Pattern} has them, for the whole local part; case
     *     does not matter
     * @param targets addresses, or local parts of the domain itself, with {@code $1} or <code>${name}</code> for groups
     * @return the pattern
     * @throws IllegalArgumentException if the expression or a target is wrong, or there is no target
     */
    public static AliasPattern of(String expression, String... targets) {
        checkArgument(targets.length > 0, "The alias pattern '%s' has no target", expression);
        return new AliasPattern(
                expression,
                Arrays.stream(targets)
                        .map(target -> RewriteRule.of("(?iu)" + expression, target))
                        .toList());
    }

    /**
     * Whom a name stands for.
     *
     * @param localPart the name
     * @param own the domain that the pattern belongs to
     * @return the addresses, or empty if the name does not match
     * @throws IOException if that cannot be told: the expression takes too many steps for the name, or what replaces it is
     *     no address
     */
    public Optional<List<MailAddress>> match(String localPart, Domain own) throws IOException {
        List<MailAddress> members = new ArrayList<>();
        try {
            for (RewriteRule target : targets) {
                Optional<String> member = target.apply(localPart, MAX_STEPS);
                if (member.isEmpty()) {
                    return Optional.empty();
                }
                String text = member.get();
                members.add(text.contains("@") ? MailAddress.of(text) : new MailAddress(text, own));
            }
        } catch (RewriteRule.TooManySteps | IllegalArgumentException e) {
            throw new IOException("The alias pattern " + expression + " cannot be used for this name", e);
        }
        return Optional.of(List.copyOf(members));
    }

    /**
     * The expression.
     *
     * @return as it was given
     */
    @Override
    public String toString() {
        return expression;
    }
}
