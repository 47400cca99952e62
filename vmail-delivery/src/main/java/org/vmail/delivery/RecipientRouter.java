package org.vmail.delivery;

import java.io.IOException;
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
     * Linuxconf's order over a directory: alias, then account, then the fallback of the domain.
     *
     * @param directory who exists
     * @return a router
     */
    static RecipientRouter over(Directory directory) {
        return new DirectoryRouter(directory);
    }
}
