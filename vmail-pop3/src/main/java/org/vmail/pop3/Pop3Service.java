package org.vmail.pop3;

import java.util.Optional;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.internal.Logins;
import org.vmail.chain.NativeDaemon;
import org.vmail.domain.DomainResolver;
import org.vmail.net.TlsContext;

/** What all sessions of a server share. */
record Pop3Service(
        DomainResolver domains,
        Optional<NativeDaemon> nativeDaemon,
        Logins logins,
        Maildrops maildrops,
        LoginThrottle throttle,
        Optional<TlsContext> tls,
        Pop3Listener listener,
        Pop3Options options) {
    /** The protocol's name in a TLS handshake (RFC 7301, section 6). */
    static final String ALPN = "pop3";
}
