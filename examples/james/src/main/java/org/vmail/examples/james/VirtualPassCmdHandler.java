package org.vmail.examples.james;

import java.io.IOException;
import org.apache.james.core.Username;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.pop3.POP3Session;
import org.apache.james.protocols.pop3.core.AbstractPassCmdHandler;
import org.apache.james.protocols.pop3.mailbox.Mailbox;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.auth.AuthenticationResult;
import org.vmail.auth.Authenticator;
import org.vmail.auth.Password;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.LoginResolution;
import org.vmail.domain.LoginResolver;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
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
        if (!(login instanceof LoginResolution.Resolved resolved)) {
            LOG.info("Login refused: {}", ((LoginResolution.Refused) login).reason());
            return null;
        }
        AuthenticationResult result = authenticator.authenticate(resolved.address(), Password.of(password));
        if (!(result instanceof AuthenticationResult.Accepted accepted)) {
            LOG.info(
                    "Login refused: account={} rule=[{}] {}",
                    resolved.address(),
                    resolved.rule(),
                    ((AuthenticationResult.Rejected) result).reason());
            return null;
        }
        OpenResult opened = maildrops.open(accepted.account().address());
        if (opened instanceof OpenResult.Opened open) {
            return new MaildropMailbox(accepted.account().address(), open.maildrop());
        }
        LOG.info("Login refused: account={} is in use", resolved.address());
        return null;
    }
}
