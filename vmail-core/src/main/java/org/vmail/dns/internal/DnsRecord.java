package org.vmail.dns.internal;

import java.net.InetAddress;

/**
 * A resource record (RFC 1035, section 3.2.1).
 *
 * @param owner the name that it is about, as text
 * @param typeCode its type
 * @param timeToLive for how many seconds it is true
 * @param data what it says
 */
record DnsRecord(String owner, int typeCode, long timeToLive, Data data) {
    static final int TYPE_NS = 2;
    static final int TYPE_CNAME = 5;
    static final int TYPE_SOA = 6;

    /** What a record says, as far as it matters here. */
    sealed interface Data {
        /** Of PTR, CNAME and NS. */
        record Name(String name) implements Data {}

        /** Of A and AAAA. */
        record Address(InetAddress address) implements Data {}

        /** Of SOA: for how many seconds an answer that there is nothing is true (RFC 2308, section 4). */
        record Authority(long minimum) implements Data {}

        /** Of all others. */
        record Unknown() implements Data {}
    }

    boolean isAbout(String name, int type) {
        return typeCode == type && owner.equalsIgnoreCase(name);
    }
}
