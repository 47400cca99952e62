package org.vmail.chain;

import org.vmail.net.ConnectionInfo;
import org.vmail.net.internal.ProxyHeader;

/** What a daemon is told of the client. */
final class ProxyHeaders {
    private static final byte[] NONE = {};

    private ProxyHeaders() {}

    /** The header that the options ask for, or no octets. */
    static byte[] of(ConnectionInfo client, ChainOptions options) {
        return options.proxyHeader().map(version -> of(client, version)).orElse(NONE);
    }

    private static byte[] of(ConnectionInfo client, ProxyVersion version) {
        ProxyHeader header = ProxyHeader.of(client);
        return switch (version) {
            case V1 -> header.toV1();
            case V2 -> header.toV2(true);
        };
    }
}
