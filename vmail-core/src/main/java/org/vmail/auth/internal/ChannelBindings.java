package org.vmail.auth.internal;

import java.util.Optional;

/**
 * What ties a login to the TLS connection that it comes through (RFC 5056).
 *
 * @param tlsServerEndPoint the digest of the server's certificate (RFC 5929, section 4)
 * @param tlsExporter the exported keying material of the connection (RFC 9266)
 */
public record ChannelBindings(Optional<byte[]> tlsServerEndPoint, Optional<byte[]> tlsExporter) {
    private static final ChannelBindings NONE = new ChannelBindings(Optional.empty(), Optional.empty());

    /**
     * Those of a connection without TLS, or whose TLS tells nothing.
     *
     * @return no binding
     */
    public static ChannelBindings none() {
        return NONE;
    }

    /**
     * Whether a mechanism that binds to the channel can be offered.
     *
     * @return whether there is at least one
     */
    public boolean isPossible() {
        return tlsServerEndPoint.isPresent() || tlsExporter.isPresent();
    }

    /** The data of a type, by its registered name. */
    Optional<byte[]> ofType(String name) {
        return switch (name) {
            case "tls-server-end-point" -> tlsServerEndPoint;
            case "tls-exporter" -> tlsExporter;
            default -> Optional.empty();
        };
    }
}
