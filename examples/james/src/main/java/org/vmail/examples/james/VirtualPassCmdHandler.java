package org.vmail.examples.james;

import java.io.IOException;
import java.util.Optional;
import org.apache.james.core.Username;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.pop3.POP3Session;
import org.apache.james.protocols.pop3.core.AbstractPassCmdHandler;
import org.apache.james.protocols.pop3.mailbox.Mailbox;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult;
import org.vmail.auth.Authenticator;
import org.vmail.auth.Password;
import org.vmail.directory.Account;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.LoginResolution;
import org.vmail.domain.LoginResolver;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;
import org.vmail.net.ConnectionInfo;

/** Has the target IP, or the login itself, say which domain a login is for, in James's POP3 server. */
public final class VirtualPassCmdHandler extends AbstractPassCmdHandler {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualPassCmdHandler.class);

    private final DomainResolver domains;
    private final LoginResolver logins;
    private final Authenticator authenticator;
    private final MaildropStore maildrops;

    /**
     * Checks logins.
     *
     * @param metrics James's
     * @param domains what a connection is for
     * @param logins who a login is
     * @param authenticator checks the password
     * @param maildrops where mail is read
     */
    public VirtualPassCmdHandler(
            MetricFactory metrics,
            DomainResolver domains,
            LoginResolver logins,
            Authenticator authenticator,
            MaildropStore maildrops) {
        super(metrics);
        this.domains = domains;
        this.logins = logins;
        this.authenticator = authenticator;
        this.maildrops = maildrops;
    }

    /** Null is how James is told that the login is wrong; it has no other word for a maildrop that is in use. */
    @Override
    protected @Nullable Mailbox auth(POP3Session session, Username username, String password) throws IOException {
        ConnectionInfo connection = ConnectionInfo.plain(session.getLocalAddress(), session.getRemoteAddress());
        LoginResolution login = logins.resolve(username.asString(), domains.resolve(connection));
        Optional<MailAddress> address = login.resolved();
        if (address.isEmpty()) {
            LOG.info("Login refused: {}", login.reason());
            return null;
        }
        AuthenticationResult result = authenticator.authenticate(address.get(), Password.of(password));
        Optional<Account> account = result.accepted();
        if (account.isEmpty()) {
            LOG.info(
                    "Login refused: account={} rule=[{}] {}",
                    address.get(),
                    login.reason(),
                    result.rejection().orElse(""));
            return null;
        }
        Optional<Maildrop> maildrop = maildrops.open(account.get().address()).opened();
        if (maildrop.isEmpty()) {
            LOG.info("Login refused: account={} is in use", address.get());
            return null;
        }
        return new MaildropMailbox(account.get().address(), maildrop.get());
    }
}
