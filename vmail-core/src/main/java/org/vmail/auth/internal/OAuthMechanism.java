package org.vmail.auth.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Optional;
import org.vmail.auth.BearerToken;
import org.vmail.auth.TokenResult;
import org.vmail.auth.TokenVerifier;
import org.vmail.auth.internal.LoginResult.Accepted;
import org.vmail.auth.internal.LoginResult.Rejected;
import org.vmail.directory.Account;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.LoginResolution;
import org.vmail.domain.LoginResolution.Resolved;

/**
 * OAUTHBEARER and XOAUTH2: the token says who it is, and that has to be whom the client asked for. A token that fails is
 * answered by a challenge with the reason in JSON; the client has to answer once more before it is rejected (RFC 7628,
 * section 3.2.3).
 */
final class OAuthMechanism implements Mechanism {
    private final Logins logins;
    private final DomainChoice connection;
    private final BearerRequest.Form form;
    private Optional<Rejected> rejection = Optional.empty();

    OAuthMechanism(Logins logins, DomainChoice connection, BearerRequest.Form form) {
        this.logins = logins;
        this.connection = connection;
        this.form = form;
    }

    @Override
    public SaslStep respond(byte[] response) throws IOException {
        if (rejection.isPresent()) {
            return SaslStep.Done.of(rejection.get()); // whatever it says
        }
        Optional<BearerRequest> request =
                Utf8.decode(response).flatMap(form::parse).flatMap(BearerRequest::prepared);
        if (request.isEmpty()) {
            return new SaslStep.Malformed("no request of " + form);
        }
        Optional<TokenVerifier> verifier = logins.tokens();
        Optional<BearerToken> token = request.get().token().flatMap(BearerToken::parse);
        if (verifier.isEmpty() || token.isEmpty()) {
            String reason = verifier.isEmpty() ? "no verifier of tokens" : "no bearer token that could be one";
            return failed(rejected(request.get().login(), reason), TokenResult.Invalid.of(reason));
        }
        TokenResult result = verifier.get().verify(token.get());
        if (result instanceof TokenResult.Invalid invalid) {
            return failed(rejected(request.get().login(), invalid.reason()), invalid);
        }
        return login(request.get().login(), ((TokenResult.Valid) result).login());
    }

    /** A token that was found bad has been looked at, also if the client does not answer any more. */
    @Override
    public Optional<Rejected> rejection() {
        return rejection;
    }

    private SaslStep login(String asked, String tokenLogin) throws IOException {
        String login = asked.isEmpty() ? tokenLogin : asked;
        LoginResolution resolution = logins.resolve(login, connection);
        LoginResolution owner = owner(tokenLogin);
        if (!(resolution instanceof Resolved resolved)) {
            return failed(Logins.refused(login, resolution, connection));
        }
        if (!Logins.isSame(owner, resolution)) {
            return failed(Logins.rejected(login, resolved, "the token is for somebody else"));
        }
        Optional<Account> account = logins.account(resolved.address());
        if (account.isEmpty()) {
            return failed(Logins.rejected(login, resolved, "there is no account " + resolved.address()));
        }
        if (account.get().passwordHash().isLocked()) {
            return failed(Logins.rejected(login, resolved, "the account " + resolved.address() + " is locked"));
        }
        return SaslStep.Done.of(new Accepted(account.get(), resolved.rule()));
    }

    /**
     * The account that a token is for. A domain in it stays: a policy that lets the connection's domain win would make a
     * token for one domain's user good for the user of that name in every other.
     */
    private LoginResolution owner(String tokenLogin) throws IOException {
        return logins.resolve(
                tokenLogin,
                logins.namesDomain(tokenLogin) ? new DomainChoice.Shared("the token names it") : connection);
    }

    private Rejected rejected(String login, String reason) throws IOException {
        return Logins.rejected(login, logins.resolve(login, connection), reason, connection);
    }

    /** A good token of the wrong user is answered like a bad one. */
    private SaslStep failed(Rejected result) {
        return failed(result, TokenResult.Invalid.of(result.reason()));
    }

    private SaslStep failed(Rejected result, TokenResult.Invalid told) {
        rejection = Optional.of(result);
        return new SaslStep.Challenge(OAuthError.json(told).getBytes(UTF_8));
    }
}
