package org.vmail.net;

import java.util.Optional;

/**
 * The TLS that a client and a proxy spoke, as the proxy tells of it. The texts are the proxy's own, and may stand in a log
 * only when they have been made printable.
 *
 * @param version the version, such as {@code TLSv1.3}
 * @param cipher the cipher suite
 * @param clientName the common name in the client's certificate
 * @param clientVerified whether the client showed a certificate and the proxy found it good
 */
public record ProxiedTls(
        Optional<String> version, Optional<String> cipher, Optional<String> clientName, boolean clientVerified) {}
