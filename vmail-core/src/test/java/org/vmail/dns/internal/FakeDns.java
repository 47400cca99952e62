package org.vmail.dns.internal;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.vmail.dns.internal.DnsMessage.Question;

/** A DNS server on a loopback address that answers, lies or is silent as a test says. */
public final class FakeDns implements AutoCloseable {
    /** What a client asked. */
    public record Query(int id, String name, int type, boolean byStream, int port) {
        public DnsReply reply() {
            return new DnsReply(this);
        }

        /** Nothing is sent. */
        public List<byte[]> silence() {
            return List.of();
        }
    }

    /** What is sent back: no, one or several messages. Over TCP only the first counts. */
    @FunctionalInterface
    public interface Behaviour extends Function<Query, List<byte[]>> {}

    private final DatagramSocket datagrams;
    private final ServerSocket streams;
    private final AtomicReference<Behaviour> behaviour;
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<Query> queries = new CopyOnWriteArrayList<>();

    private FakeDns(DatagramSocket datagrams, ServerSocket streams, Behaviour behaviour) {
        this.datagrams = datagrams;
        this.streams = streams;
        this.behaviour = new AtomicReference<>(behaviour);
    }

    /** Begins to serve UDP and TCP on the same free port. */
    public static FakeDns start(Behaviour behaviour) throws IOException {
        while (true) {
            ServerSocket streams = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
            try {
                DatagramSocket datagrams = new DatagramSocket(streams.getLocalPort(), InetAddress.getLoopbackAddress());
                FakeDns server = new FakeDns(datagrams, streams, behaviour);
                server.run("fake-dns-udp", server::serveDatagrams);
                server.run("fake-dns-tcp", server::serveStreams);
                return server;
            } catch (BindException portTaken) {
                streams.close();
            }
        }
    }

    /** One answer to everything. */
    public static FakeDns answering(Function<Query, DnsReply> answer) throws IOException {
        return start(answers(answer));
    }

    public static Behaviour answers(Function<Query, DnsReply> answer) {
        return query -> List.of(answer.apply(query).octets());
    }

    public static Behaviour silent() {
        return Query::silence;
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) streams.getLocalSocketAddress();
    }

    public FakeDns behave(Behaviour next) {
        behaviour.set(next);
        return this;
    }

    public List<Query> queries() {
        return queries;
    }

    /** Nobody listens on the port any more. */
    @Override
    public void close() throws IOException {
        datagrams.close();
        streams.close();
        try {
            for (Thread thread : threads) {
                thread.join(5_000); // a thread that still reads keeps the port
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void serveDatagrams() {
        byte[] buffer = new byte[1024];
        while (!datagrams.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                datagrams.receive(packet);
                byte[] request = Arrays.copyOf(buffer, packet.getLength());
                for (byte[] reply : replies(request, false, packet.getPort())) {
                    datagrams.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
                }
            } catch (SocketException closed) {
                return;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void serveStreams() {
        while (!streams.isClosed()) {
            try (Socket socket = streams.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] request = in.readNBytes(in.readUnsignedShort());
                List<byte[]> replies = replies(request, true, socket.getPort());
                if (replies.isEmpty()) {
                    in.read(); // until the client goes
                } else {
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeShort(replies.get(0).length);
                    out.write(replies.get(0));
                }
            } catch (SocketException gone) {
                // the client is gone, or this server is closed: the loop looks which
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private List<byte[]> replies(byte[] request, boolean byStream, int port) throws IOException {
        DnsMessage message = DnsMessage.parse(request, request.length);
        Question question = message.question().orElseThrow();
        Query query = new Query(message.id(), question.name(), question.typeCode(), byStream, port);
        queries.add(query);
        return behaviour.get().apply(query);
    }
}
