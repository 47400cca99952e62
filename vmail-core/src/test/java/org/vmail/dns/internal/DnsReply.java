package org.vmail.dns.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.net.InetAddresses;
import java.io.ByteArrayOutputStream;

/** Makes the octets of a reply, right or wrong. */
public final class DnsReply {
    private static final int PTR = 12;
    private static final int CNAME = 5;
    private static final int NS = 2;
    private static final int SOA = 6;

    private final FakeDns.Query query;
    private final ByteArrayOutputStream answers = new ByteArrayOutputStream();
    private final ByteArrayOutputStream authorities = new ByteArrayOutputStream();
    private int flags = 0x8180;
    private int id;
    private int answerCount;
    private int authorityCount;
    private String question;

    DnsReply(FakeDns.Query query) {
        this.query = query;
        this.id = query.id();
        this.question = query.name();
    }

    /** Sets the lowest 4 bits of the flags. */
    public DnsReply resultCode(int code) {
        flags = (flags & ~0xf) | code;
        return this;
    }

    public DnsReply noSuchName() {
        return resultCode(3);
    }

    public DnsReply truncated() {
        flags |= 0x0200;
        return this;
    }

    public DnsReply flags(int all) {
        flags = all;
        return this;
    }

    public DnsReply id(int other) {
        id = other;
        return this;
    }

    public DnsReply question(String other) {
        question = other;
        return this;
    }

    public DnsReply pointer(long ttl, String name) {
        return pointer(query.name(), ttl, name);
    }

    public DnsReply pointer(String owner, long ttl, String name) {
        return answer(owner, PTR, ttl, name(name));
    }

    public DnsReply alias(String owner, long ttl, String target) {
        return answer(owner, CNAME, ttl, name(target));
    }

    public DnsReply address(long ttl, String address) {
        byte[] octets = InetAddresses.forString(address).getAddress();
        return answer(query.name(), octets.length == 4 ? 1 : 28, ttl, octets);
    }

    public DnsReply answer(String owner, int type, long ttl, byte[] data) {
        answerCount++;
        record(answers, owner, type, ttl, data);
        return this;
    }

    public DnsReply authority(long ttl, long minimum) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(name("ns.example"));
        data.writeBytes(name("hostmaster.example"));
        for (long number : new long[] {1, 2, 3, 4, minimum}) {
            write(data, number, 4);
        }
        authorityCount++;
        record(authorities, "example", SOA, ttl, data.toByteArray());
        return this;
    }

    public DnsReply referral(String server) {
        authorityCount++;
        record(authorities, "example", NS, 60, name(server));
        return this;
    }

    public byte[] octets() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int word : new int[] {id, flags, 1, answerCount, authorityCount, 0}) {
            write(out, word, 2);
        }
        out.writeBytes(name(question));
        write(out, query.type(), 2);
        write(out, 1, 2);
        out.writeBytes(answers.toByteArray());
        out.writeBytes(authorities.toByteArray());
        return out.toByteArray();
    }

    /** A name without compression; labels are taken apart at dots. */
    static byte[] name(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : text.isEmpty() ? new String[0] : text.split("\\.", -1)) {
            out.write(label.length());
            out.writeBytes(label.getBytes(US_ASCII));
        }
        out.write(0);
        return out.toByteArray();
    }

    private static void record(ByteArrayOutputStream out, String owner, int type, long ttl, byte[] data) {
        out.writeBytes(name(owner));
        write(out, type, 2);
        write(out, 1, 2);
        write(out, ttl, 4);
        write(out, data.length, 2);
        out.writeBytes(data);
    }

    static void write(ByteArrayOutputStream out, long number, int octets) {
        for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
            out.write((int) (number >> shift));
        }
    }
}
