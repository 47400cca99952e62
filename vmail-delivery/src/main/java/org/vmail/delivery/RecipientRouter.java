package org.vmail.delivery;

import java.io.IOException;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;

/** Says where mail for an envelope recipient goes. Implementations are thread-safe. */
@FunctionalInterface
public interface RecipientRouter {
    /**
     * Routes one address by one step; {@link Deliverer} follows aliases, within limits and without going round.
     *
     * @param recipient any address
     * @return where its mail goes
     * @throws IOException if that cannot be told now; never to be taken for "unknown"
     */
    Routing route(MailAddress recipient) throws IOException;

    /**
     * The program that mail passes which ends up in a domain: in a mailbox of it, or where its aliases lead.
     *
     * @param domain any name of a domain
     * @return the filter, or empty, as this default, if mail is delivered as it is
     * @throws IOException if that cannot be told now
     */
    default Optional<Filter> filter(Domain domain) throws IOException {
        return Optional.empty();
    }

    /**
     * Linuxconf's order over a directory: alias, account, full name; then the same without the detail behind a subaddress
     * delimiter; then the alias patterns of the domain; then its fallback.
     *
     * @param directory who exists
     * @return a router
     */
    static RecipientRouter over(Directory directory) {
        return new DirectoryRouter(directory);
    }
}
