package org.vmail.delivery.lmtp;

import java.time.Clock;
import java.util.Optional;
import org.vmail.delivery.Deliverer;
import org.vmail.net.TlsContext;

/** What all sessions of a server share. */
record LmtpService(
        Deliverer deliverer, Optional<TlsContext> tls, LmtpListener listener, LmtpOptions options, Clock clock) {
    /** Offered to clients that ask for something by ALPN (RFC 7301); there is no registered name. */
    static final String ALPN = "lmtp";
}
