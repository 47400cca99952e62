package org.vmail.domain;

import java.io.IOException;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.Login;
import org.vmail.address.LoginSplitter;
import org.vmail.address.MailAddress;

/**
 * Finds the account that a login means on a connection: split, then the policy where login and connection disagree, then
 * the main name of the domain.
 *
 * <p>A bare login is for the connection's domain; on a connection that has none it is for the default domain, and without
 * one it is refused. Immutable and thread-safe; each {@code with…} method returns a changed copy.
 */
public final class LoginResolver {
    private final HostedDomains hosted;
    private final LoginSplitter splitter;
    private final DomainPolicy policy;
    private final Optional<Domain> defaultDomain;

    private LoginResolver(
            HostedDomains hosted, LoginSplitter splitter, DomainPolicy policy, Optional<Domain> defaultDomain) {
        this.hosted = hosted;
        this.splitter = splitter;
        this.policy = policy;
        this.defaultDomain = defaultDomain;
    }

    /**
     * Splits at the last {@code @}, lets the login win over the connection, and has no default domain.
     *
     * @param hosted the hosted domains and their main names
     * @return the default way
     */
    public static LoginResolver over(HostedDomains hosted) {
        return new LoginResolver(hosted, LoginSplitter.standard(), DomainPolicy.loginWins(), Optional.empty());
    }

    /**
     * Sets how logins are split.
     *
     * @param loginSplitter default: at the last {@code @}
     * @return the changed copy
     */
    public LoginResolver withSplitter(LoginSplitter loginSplitter) {
        return new LoginResolver(hosted, loginSplitter, policy, defaultDomain);
    }

    /**
     * Sets who wins when login and connection name different domains.
     *
     * @param domainPolicy default: the login
     * @return the changed copy
     */
    public LoginResolver withPolicy(DomainPolicy domainPolicy) {
        return new LoginResolver(hosted, splitter, domainPolicy, defaultDomain);
    }

    /**
     * Sets the domain of bare logins on connections that are for no domain of their own.
     *
     * @param domain its main name or an alias name; default: none, and such logins are refused
     * @return the changed copy
     */
    public LoginResolver withDefaultDomain(Domain domain) {
        return new LoginResolver(hosted, splitter, policy, Optional.of(domain));
    }

    /**
     * Finds the account that a login means.
     *
     * @param login what the client sent
     * @param connection what the connection is for
     * @return the account, or why there can be none
     * @throws IOException if the hosted domains cannot be told now
     */
    public LoginResolution resolve(String login, DomainChoice connection) throws IOException {
        if (connection instanceof DomainChoice.Disputed) {
            return new LoginResolution.Refused(connection.rule());
        }
        Optional<Login> split = splitter.split(login);
        if (split.isEmpty()) {
            return new LoginResolution.Refused("the login is no name that a user can have");
        }
        if (split.get() instanceof Login.Qualified qualified) {
            return qualified(qualified.address(), connection);
        }
        return bare((Login.Bare) split.get(), connection);
    }

    /**
     * Whether a login names its domain.
     *
     * @param login what the client sent
     * @return whether the connection says nothing about its domain, unless the policy lets it
     */
    public boolean namesDomain(String login) {
        return splitter.split(login).filter(Login.Qualified.class::isInstance).isPresent();
    }

    private LoginResolution bare(Login.Bare login, DomainChoice connection) throws IOException {
        if (connection instanceof DomainChoice.Hosted choice) {
            return new LoginResolution.Resolved(login.at(mainName(choice.domain())), choice.rule());
        }
        if (defaultDomain.isEmpty()) {
            return new LoginResolution.Refused(
                    Optional.of(login),
                    "the login has no domain, and there is no default domain; " + connection.rule());
        }
        return new LoginResolution.Resolved(
                login.at(mainName(defaultDomain.get())), "default domain, as the login has none; " + connection.rule());
    }

    private LoginResolution qualified(MailAddress login, DomainChoice connection) throws IOException {
        Domain named = mainName(login.domain());
        if (!(connection instanceof DomainChoice.Hosted choice)) {
            return resolved(login, named, "the login names it; " + connection.rule());
        }
        Domain connected = mainName(choice.domain());
        if (connected.equals(named)) {
            return resolved(login, named, "the login names it, and the connection agrees; " + choice.rule());
        }
        String disagreement =
                "policy " + policy + ": the login says " + named + ", " + choice.rule() + ", for " + connected;
        return policy.decide(named, connected)
                .map(domain -> resolved(login, domain, disagreement))
                .orElseGet(() -> new LoginResolution.Refused(disagreement));
    }

    private static LoginResolution resolved(MailAddress login, Domain domain, String rule) {
        return new LoginResolution.Resolved(new MailAddress(login.localPart(), domain), rule);
    }

    private Domain mainName(Domain name) throws IOException {
        return hosted.mainName(name).orElse(name);
    }
}
