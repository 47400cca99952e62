package org.vmail.delivery.relay;

import com.google.common.base.CharMatcher;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.delivery.ReversePath;
import org.vmail.internal.Printable;

/**
 * Who gets a message that is sent on (RFC 5321, section 4.1.1.3): an address anywhere. It is not held to the rules of our
 * own mailboxes, for it may be where a report goes; it only has to be fit for a command. Immutable and thread-safe.
 *
 * @param address the address as it stands on the wire, without angle brackets
 */
public record ForwardPath(String address) {
    /** What could end the path or the command. */
    private static final CharMatcher UNFIT = CharMatcher.javaIsoControl().or(CharMatcher.anyOf("<>\u2028\u2029"));

    /**
     * Checks that the address fits into a command.
     *
     * @param address the address
     * @throws IllegalArgumentException if it is empty, begins with {@code @}, is longer than
     *     {@value ReversePath#MAX_LENGTH} characters, or has control characters or angle brackets; the message is safe to
     *     log
     */
    public ForwardPath {
        if (address.isEmpty()
                || address.startsWith("@")
                || address.length() > ReversePath.MAX_LENGTH
                || UNFIT.matchesAnyOf(address)) {
            throw new IllegalArgumentException("'" + Printable.of(address) + "' is no forward-path");
        }
    }

    /**
     * The path to an address.
     *
     * @param address where to
     * @return the path
     */
    public static ForwardPath of(MailAddress address) {
        return new ForwardPath(address.toString());
    }

    /**
     * The path of a text that may be anything.
     *
     * @param address the address without angle brackets
     * @return the path, or empty if it is none
     */
    public static Optional<ForwardPath> parse(String address) {
        try {
            return Optional.of(new ForwardPath(address));
        } catch (IllegalArgumentException notAPath) {
            return Optional.empty();
        }
    }

    /**
     * The path as it stands in a command.
     *
     * @return the address in angle brackets
     */
    @Override
    public String toString() {
        return "<" + address + ">";
    }
}
