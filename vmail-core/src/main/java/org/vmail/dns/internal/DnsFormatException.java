package org.vmail.dns.internal;

import java.io.IOException;

/** Octets that are no DNS message. */
final class DnsFormatException extends IOException {
    private static final long serialVersionUID = 1;

    DnsFormatException(String message) {
        super(message);
    }
}
