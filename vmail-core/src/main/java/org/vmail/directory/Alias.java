package org.vmail.directory;

import java.util.List;
import org.vmail.address.MailAddress;

/**
 * A name in a hosted domain that stands for others.
 *
 * @param address the name
 * @param targets where its mail goes, in the order given; never empty
 */
public record Alias(MailAddress address, List<AliasTarget> targets) {
    /**
     * Copies the list.
     *
     * @param address the name
     * @param targets where its mail goes
     * @throws IllegalArgumentException if there is no target
     */
    public Alias {
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("The alias " + address + " has no target");
        }
    }
}
