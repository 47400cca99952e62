package org.vmail.dns.internal;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.dns.internal.DnsMessage.Question;
import org.vmail.dns.internal.DnsRecord.Data;

/**
 * Asks recursive DNS servers (RFC 1035), over UDP and, where an answer is too long for that, over TCP (RFC 7766).
 *
 * <p>Each query has a socket, and so a port, and an unpredictable number of its own; what answers something else is ignored
 * (RFC 5452, section 9.1). A server that is silent, fails or does not look further is no answer, and the next one is asked;
 * the one that answered last is asked first. Thread-safe; nothing is open between two calls.
 */
public final class DnsClient {
    private static final Logger LOG = LoggerFactory.getLogger(DnsClient.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    /** Of the protocol without extensions (RFC 1035, section 4.2.1) it is 512; some servers send more. */
    private static final int MAX_DATAGRAM_OCTETS = 4096;
    /** Somebody who floods us with wrong answers shall not keep us busy. */
    private static final int MAX_STRAY_DATAGRAMS = 200;

    private static final int MAX_ALIASES = 16;

    private final ImmutableList<InetSocketAddress> servers;
    private final Duration timeout;
    private final int attempts;
    private volatile int preferred;

    /**
     * A client of some servers.
     *
     * @param servers the servers, in the order in which they are asked
     * @param timeout how long one of them is waited for each time, for UDP and TCP each
     * @param attempts how often each of them is asked
     */
    public DnsClient(List<InetSocketAddress> servers, Duration timeout, int attempts) {
        checkArgument(!servers.isEmpty(), "There must be a DNS server");
        this.servers = ImmutableList.copyOf(servers);
        this.timeout = timeout;
        this.attempts = attempts;
    }

    /**
     * Asks for the names of an address.
     *
     * @param address any address
     * @return its names, in no particular order
     * @throws IOException if no server answers
     */
    public DnsAnswer<String> pointers(InetAddress address) throws IOException {
        return ask(reverseName(address), DnsType.PTR, Data.Name.class).map(Data.Name::name);
    }

    /**
     * Asks for the addresses of a name.
     *
     * @param hostName labels of letters, digits and hyphens, with dots between them
     * @param octets 4 for IPv4 addresses, 16 for IPv6 addresses
     * @return its addresses, in no particular order
     * @throws IOException if no server answers
     */
    public DnsAnswer<InetAddress> addresses(String hostName, int octets) throws IOException {
        return ask(hostName, octets == 4 ? DnsType.A : DnsType.AAAA, Data.Address.class)
                .map(Data.Address::address);
    }

    /**
     * The name under in-addr.arpa (RFC 1035, section 3.5) or ip6.arpa (RFC 3596, section 2.5).
     *
     * @param address any address
     * @return the name, without a dot at its end
     */
    public static String reverseName(InetAddress address) {
        byte[] octets = address.getAddress();
        StringBuilder name = new StringBuilder();
        for (int i = octets.length - 1; i >= 0; i--) {
            int octet = octets[i] & 0xff;
            if (octets.length == 4) {
                name.append(octet).append('.');
            } else {
                name.append(Character.forDigit(octet & 0xf, 16)).append('.');
                name.append(Character.forDigit(octet >> 4, 16)).append('.');
            }
        }
        return name.append(octets.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString();
    }

    /** Follows aliases, within a reply and, if that ends with one, with another query. */
    private <D extends Data> DnsAnswer<D> ask(String name, DnsType type, Class<D> dataType) throws IOException {
        String owner = name;
        long seconds = Integer.MAX_VALUE;
        DnsMessage reply = ask(new Question(owner, type.code()));
        boolean replyIsAboutOwner = true;
        for (int steps = 0; steps < MAX_ALIASES; steps++) {
            List<DnsRecord> found = reply.answersAbout(owner, type.code());
            if (!found.isEmpty()) {
                return answer(found, dataType, seconds);
            }
            List<DnsRecord> aliases = reply.answersAbout(owner, DnsRecord.TYPE_CNAME);
            if (!aliases.isEmpty() && aliases.get(0).data() instanceof Data.Name target) {
                owner = target.name();
                seconds = Math.min(seconds, aliases.get(0).timeToLive());
                replyIsAboutOwner = false;
            } else if (replyIsAboutOwner || reply.saysThereIsNothing()) {
                return new DnsAnswer<>(List.of(), reply.negativeSeconds().map(seconds(seconds)));
            } else {
                reply = ask(new Question(owner, type.code()));
                replyIsAboutOwner = true;
            }
        }
        throw new IOException("The DNS leads from one alias of " + name + " to the next");
    }

    private static <D extends Data> DnsAnswer<D> answer(List<DnsRecord> found, Class<D> dataType, long seconds) {
        long shortest = found.stream().mapToLong(DnsRecord::timeToLive).reduce(seconds, Math::min);
        List<D> values = found.stream()
                .map(DnsRecord::data)
                .filter(dataType::isInstance)
                .map(dataType::cast)
                .toList();
        return new DnsAnswer<>(values, Optional.of(Duration.ofSeconds(shortest)));
    }

    private static Function<Long, Duration> seconds(long atMost) {
        return seconds -> Duration.ofSeconds(Math.min(seconds, atMost));
    }

    /** Asks one server after the other, each of them several times. */
    private DnsMessage ask(Question question) throws IOException {
        List<String> problems = new ArrayList<>();
        int first = preferred;
        for (int i = 0; i < attempts * servers.size(); i++) {
            int index = (first + i) % servers.size();
            InetSocketAddress server = servers.get(index);
            try {
                DnsMessage reply = exchange(server, question);
                if (reply.isUsable()) {
                    preferred = index;
                    return reply;
                }
                problems.add(text(server) + ": " + reply.problem());
            } catch (SocketTimeoutException silent) {
                problems.add(text(server) + ": no answer in time");
            } catch (IOException e) {
                problems.add(text(server) + ": " + e.getMessage());
            }
        }
        throw new IOException(
                "No DNS server answers about " + question.name() + " (" + String.join("; ", problems) + ")");
    }

    private DnsMessage exchange(InetSocketAddress server, Question question) throws IOException {
        int id = RANDOM.nextInt(1 << Short.SIZE);
        byte[] query = query(id, question);
        DnsMessage reply = byDatagram(server, query, id, question);
        return reply.isTruncated() ? byStream(server, query, id, question) : reply;
    }

    private static byte[] query(int id, Question question) throws IOException {
        try {
            return DnsMessage.query(id, question);
        } catch (IllegalArgumentException e) {
            throw new IOException(question.name() + " cannot be asked for: " + e.getMessage(), e);
        }
    }

    private DnsMessage byDatagram(InetSocketAddress server, byte[] query, int id, Question question)
            throws IOException {
        long begun = System.nanoTime();
        byte[] octets = new byte[MAX_DATAGRAM_OCTETS];
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server); // so that packets from elsewhere are not received, and a closed port is told
            socket.send(new DatagramPacket(query, query.length));
            for (int strays = 0; strays < MAX_STRAY_DATAGRAMS; strays++) {
                socket.setSoTimeout(millisecondsLeft(begun));
                DatagramPacket packet = new DatagramPacket(octets, octets.length);
                socket.receive(packet);
                Optional<DnsMessage> reply = reply(octets, packet.getLength(), id, question);
                if (reply.isPresent()) {
                    return reply.get();
                }
            }
        }
        throw new IOException("too many packets that answer something else");
    }

    /** What cannot be read may be somebody else's attempt to answer: the server's own answer is still to come. */
    private static Optional<DnsMessage> reply(byte[] octets, int length, int id, Question question) {
        try {
            DnsMessage message = DnsMessage.parse(octets, length);
            return message.answers(id, question) ? Optional.of(message) : Optional.empty();
        } catch (DnsFormatException e) {
            LOG.debug("A packet that is no DNS reply: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private DnsMessage byStream(InetSocketAddress server, byte[] query, int id, Question question) throws IOException {
        long begun = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.connect(server, millisecondsLeft(begun));
            ByteBuffer request = ByteBuffer.allocate(Short.BYTES + query.length);
            socket.getOutputStream()
                    .write(request.putShort((short) query.length).put(query).array());
            byte[] length = read(socket, Short.BYTES, begun);
            byte[] octets = read(socket, ((length[0] & 0xff) << 8) | (length[1] & 0xff), begun);
            DnsMessage message = DnsMessage.parse(octets, octets.length);
            if (!message.answers(id, question)) {
                throw new DnsFormatException("an answer to something else");
            }
            return message;
        }
    }

    /** Reads exactly so many octets; a server that sends them one by one gets no more time for it. */
    private byte[] read(Socket socket, int count, long begun) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] octets = new byte[count];
        int read = 0;
        while (read < count) {
            socket.setSoTimeout(millisecondsLeft(begun));
            int more = in.read(octets, read, count - read);
            if (more < 0) {
                throw new EOFException("the server has closed the connection");
            }
            read += more;
        }
        return octets;
    }

    private int millisecondsLeft(long begun) throws SocketTimeoutException {
        long left = TimeUnit.NANOSECONDS.toMillis(timeout.toNanos() - (System.nanoTime() - begun));
        if (left <= 0) {
            throw new SocketTimeoutException();
        }
        return (int) Math.min(left, Integer.MAX_VALUE);
    }

    private static String text(InetSocketAddress server) {
        return server.getAddress().getHostAddress() + " port " + server.getPort();
    }
}
