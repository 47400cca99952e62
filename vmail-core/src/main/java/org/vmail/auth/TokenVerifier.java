package org.vmail.auth;

import java.io.IOException;

/**
 * Checks the tokens of an identity provider, for OAUTHBEARER and XOAUTH2: by introspection (RFC 7662), by the signature of
 * a JSON web token, or as the application likes. Implementations are thread-safe; they may block, and bound how long.
 */
@FunctionalInterface
public interface TokenVerifier {
    /**
     * Checks a token.
     *
     * @param token what the client sent
     * @return whether it is good, made for this service, and for whom
     * @throws IOException if that cannot be told now; never to be taken for "invalid"
     */
    TokenResult verify(BearerToken token) throws IOException;
}
