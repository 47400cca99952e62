package org.vmail.dns.internal;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmail.dns.internal.DnsRecord.Data;

/**
 * A reply (RFC 1035, section 4.1), without its additional section: nothing there is needed, and little of it can be trusted.
 *
 * @param id the number of the query
 * @param flags the second 16 bits of the header
 * @param question what was asked, unless the server left it out
 * @param answers what the server knows
 * @param authorities who would know more
 */
record DnsMessage(
        int id, int flags, Optional<Question> question, List<DnsRecord> answers, List<DnsRecord> authorities) {
    static final int CLASS_INTERNET = 1;

    private static final int RESPONSE = 0x8000;
    private static final int OPCODE = 0x7800;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int TRUNCATED = 0x0200;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RESULT_CODE = 0x000f;
    private static final int NO_ERROR = 0;
    private static final int NO_SUCH_NAME = 3;
    private static final int MAX_LABEL_OCTETS = 63;

    /** What a query asks. */
    record Question(String name, int typeCode) {
        boolean isSameAs(Question other) {
            return typeCode == other.typeCode && name.equalsIgnoreCase(other.name);
        }
    }

    /** A query that asks the server to find out what it does not know. The name has plain labels of at most 63 octets. */
    static byte[] query(int id, Question question) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int word : new int[] {id, RECURSION_DESIRED, 1, 0, 0, 0}) {
            write16(out, word);
        }
        for (String label : question.name().split("\\.", -1)) {
            byte[] octets = label.getBytes(StandardCharsets.US_ASCII);
            if (octets.length == 0 || octets.length > MAX_LABEL_OCTETS || label.indexOf('\\') >= 0) {
                throw new IllegalArgumentException("it has a label that is empty, too long or no plain text");
            }
            out.write(octets.length);
            out.writeBytes(octets);
        }
        out.write(0);
        write16(out, question.typeCode());
        write16(out, CLASS_INTERNET);
        return out.toByteArray();
    }

    private static void write16(ByteArrayOutputStream out, int word) {
        out.write(word >> 8);
        out.write(word);
    }

    /** Reads what came from the network. */
    static DnsMessage parse(byte[] octets, int length) throws DnsFormatException {
        DnsReader reader = new DnsReader(octets, length);
        int id = reader.unsigned16();
        int flags = reader.unsigned16();
        int questions = reader.unsigned16();
        int answers = reader.unsigned16();
        int authorities = reader.unsigned16();
        reader.skip(2);
        if (questions > 1) {
            throw new DnsFormatException("a reply to several questions");
        }
        Optional<Question> question = questions == 0 ? Optional.empty() : Optional.of(question(reader));
        boolean truncated = (flags & TRUNCATED) != 0; // perhaps within a record; nothing of it counts (RFC 2181, 9)
        return new DnsMessage(
                id,
                flags,
                question,
                truncated ? List.of() : records(reader, answers),
                truncated ? List.of() : records(reader, authorities));
    }

    private static Question question(DnsReader reader) throws DnsFormatException {
        String name = reader.name();
        int type = reader.unsigned16();
        if (reader.unsigned16() != CLASS_INTERNET) {
            throw new DnsFormatException("a question about another class");
        }
        return new Question(name, type);
    }

    private static List<DnsRecord> records(DnsReader reader, int count) throws DnsFormatException {
        List<DnsRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String owner = reader.name();
            int type = reader.unsigned16();
            int classCode = reader.unsigned16();
            long ttl = reader.unsigned32();
            Data data = data(reader, type);
            if (classCode == CLASS_INTERNET) {
                records.add(new DnsRecord(owner, type, seconds(ttl), data));
            }
        }
        return records;
    }

    private static Data data(DnsReader reader, int type) throws DnsFormatException {
        int length = reader.unsigned16();
        int end = reader.position() + length;
        Data data;
        if (type == DnsType.PTR.code() || type == DnsRecord.TYPE_CNAME || type == DnsRecord.TYPE_NS) {
            data = new Data.Name(reader.name());
        } else if (type == DnsRecord.TYPE_SOA) {
            data = authority(reader);
        } else if ((type == DnsType.A.code() && length == 4) || (type == DnsType.AAAA.code() && length == 16)) {
            data = new Data.Address(address(reader.octets(length)));
        } else {
            reader.skip(length);
            data = new Data.Unknown();
        }
        if (reader.position() != end) {
            throw new DnsFormatException("a record of another length than it says");
        }
        return data;
    }

    private static Data authority(DnsReader reader) throws DnsFormatException {
        reader.name();
        reader.name();
        reader.skip(4 * 4);
        return new Data.Authority(seconds(reader.unsigned32()));
    }

    private static InetAddress address(byte[] octets) {
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Addresses have 4 or 16 octets", e);
        }
    }

    /** With the highest bit a time to live is 0 (RFC 2181, section 8). */
    private static long seconds(long ttl) {
        return ttl > Integer.MAX_VALUE ? 0 : ttl;
    }

    /** Whether this can be the reply to a query. A server that fails may leave the question out. */
    boolean answers(int queryId, Question asked) {
        return id == queryId
                && (flags & RESPONSE) != 0
                && (flags & OPCODE) == 0
                && question.map(asked::isSameAs).orElse(!isUsable());
    }

    boolean isTruncated() {
        return (flags & TRUNCATED) != 0;
    }

    /** Whether the server says what there is, or that there is nothing. */
    boolean isUsable() {
        int code = flags & RESULT_CODE;
        return code == NO_SUCH_NAME || (code == NO_ERROR && !isReferral());
    }

    List<DnsRecord> answersAbout(String name, int type) {
        return answers.stream().filter(answer -> answer.isAbout(name, type)).toList();
    }

    /** Whether the chain of aliases in the reply ends with a name about which the server knows that there is nothing. */
    boolean saysThereIsNothing() {
        return (flags & RESULT_CODE) == NO_SUCH_NAME || negativeSeconds().isPresent();
    }

    /** What is wrong with a reply that is not usable. */
    String problem() {
        int code = flags & RESULT_CODE;
        return switch (code) {
            case NO_ERROR -> "it names other servers and does not ask them";
            case 1 -> "FORMERR";
            case 2 -> "SERVFAIL";
            case 4 -> "NOTIMP";
            case 5 -> "REFUSED";
            default -> "result code " + code;
        };
    }

    /** For how many seconds there is nothing (RFC 2308, section 5), if the reply says so. */
    Optional<Long> negativeSeconds() {
        return authorities.stream()
                .filter(authority -> authority.data() instanceof Data.Authority)
                .map(authority -> Math.min(authority.timeToLive(), ((Data.Authority) authority.data()).minimum()))
                .findFirst();
    }

    /** A server that does not look further names those that would know (RFC 2308, section 2.2). */
    private boolean isReferral() {
        return answers.isEmpty()
                && (flags & AUTHORITATIVE) == 0
                && negativeSeconds().isEmpty()
                && authorities.stream().anyMatch(authority -> authority.typeCode() == DnsRecord.TYPE_NS);
    }
}
