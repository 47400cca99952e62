package org.vmail.examples.server;

/** How a client reaches the server. */
enum Transport {
    CLEAR_TEXT,
    /** TLS after the command STLS (RFC 2595, section 4). */
    STLS,
    /** TLS from the first octet (RFC 8314, section 3.3). */
    POP3S
}
