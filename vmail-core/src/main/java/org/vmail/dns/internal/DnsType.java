package org.vmail.dns.internal;

/** What can be asked (RFC 1035, section 3.2.2, and RFC 3596, section 2.1). */
enum DnsType {
    A(1),
    PTR(12),
    AAAA(28);

    private final int code;

    DnsType(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
