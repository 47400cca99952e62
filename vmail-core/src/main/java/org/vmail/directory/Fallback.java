package org.vmail.directory;

import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** Where mail goes for a name that a hosted domain does not know: its catch-all. */
public sealed interface Fallback {
    /**
     * All of it goes to one address: an account or an alias of the domain, or anybody elsewhere.
     *
     * @param address the address
     */
    record ToAddress(MailAddress address) implements Fallback {}

    /**
     * It goes to the same local part of another domain.
     *
     * @param domain the other domain
     */
    record ToDomain(Domain domain) implements Fallback {}

    /**
     * It goes to a program, if the domain has {@linkplain HostedDomain#withCommands commands switched on}.
     *
     * @param command what is run
     */
    record ToCommand(CommandLine command) implements Fallback {}

    /** It is refused, as without a fallback. */
    record Refuse() implements Fallback {}

    /**
     * Reads Linuxconf's forms: nothing, {@code user@other.example}, {@code @other.example}, {@code name} for an account or alias
     * of the domain itself, and {@code |/path/program args}.
     *
     * @param text one of these
     * @param own the domain whose fallback it is
     * @return the fallback
     * @throws IllegalArgumentException if it is none of these; the message says why and is safe to log
     */
    static Fallback parse(String text, Domain own) {
        if (text.isBlank()) {
            return new Refuse();
        }
        if (text.startsWith("@")) {
            return new ToDomain(Domain.of(text.substring(1)));
        }
        if (text.startsWith("|")) {
            return new ToCommand(AliasTargets.command(text));
        }
        return new ToAddress(text.contains("@") ? MailAddress.of(text) : new MailAddress(text, own));
    }
}
