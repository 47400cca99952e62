package org.vmail.chain;

import java.io.IOException;
import java.util.Collection;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.HostedDomains;
import org.vmail.domain.LoginResolution;
import org.vmail.net.ConnectionInfo;

/**
 * Says where a login is served: here, or by another server, where it is logged in on the user's behalf and then connected
 * through (the late chain). That lets one address be for the main domain and for all hosted ones.
 *
 * <p>Implementations are thread-safe, and answer from memory or in a short time: the client waits.
 */
public interface LoginRoute {
    /**
     * Says where a login is served.
     *
     * @param request what is known of it
     * @return where
     * @throws IOException if that cannot be told now; the client hears that it should try again
     */
    Destination route(Request request) throws IOException;

    /**
     * The servers that logins of a connection can go to: before a login, nothing is announced that one of them lacks.
     *
     * @param connection what the connection is for
     * @return every upstream that {@link #route} may name for such a connection
     */
    Collection<Upstream> upstreams(DomainChoice connection);

    /**
     * What is known of a login before its password is looked at.
     *
     * @param login what the client sent, of any form, or the account if it has been proved already; not fit for a log
     * @param meaning the account that it means here, which need not exist or be hosted, or that it can mean none
     * @param choice what the connection is for
     * @param connection the client's connection
     */
    record Request(String login, LoginResolution meaning, DomainChoice choice, ConnectionInfo connection) {}

    /** Where a login is served. */
    sealed interface Destination {
        /** Here, as if there were no route: if there is no such account, the login fails. */
        record Here() implements Destination {}

        /**
         * On another server.
         *
         * @param upstream the server
         * @param login what the account is called there
         * @param account whose login that is, for counting failures and for logs: the same for all ways to write it
         * @param rule what decided, in one line without secrets
         */
        record There(Upstream upstream, String login, MailAddress account, String rule) implements Destination {}

        /**
         * Nowhere: the client hears what it would hear about an unknown account.
         *
         * @param reason why, for the log, in one line without secrets
         */
        record Nowhere(String reason) implements Destination {}
    }

    /**
     * Asks another route about what this one would serve here.
     *
     * @param next asked second
     * @return both
     */
    default LoginRoute or(LoginRoute next) {
        return new EitherRoute(this, next);
    }

    /**
     * The main domain is served by the daemon that was there before; all others that are not hosted here are for it to
     * refuse.
     *
     * <p>Logins without a domain, on connections that are for no hosted domain, and those of the main domain go upstream as
     * the bare user: {@code joe} and {@code joe@main.example} are {@code joe} there. A login of any other domain that is
     * not hosted goes there as the whole address.
     *
     * @param main the main domain, which must not be hosted
     * @param hosted the domains that are served here
     * @param upstream the native daemon
     * @return the route
     */
    static LoginRoute mainDomain(Domain main, HostedDomains hosted, Upstream upstream) {
        return new MainDomainRoute(main, hosted, upstream);
    }

    /**
     * All accounts of a domain are on another server, which knows them by their addresses: while a domain moves, or for
     * good.
     *
     * @param domain the main name of the domain
     * @param upstream the server
     * @return the route
     */
    static LoginRoute domain(Domain domain, Upstream upstream) {
        return new DomainRoute(domain, upstream);
    }
}
