package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.vmail.net.TestCertificate;

/** A mail server that says what it is told to, and keeps what it hears. Only CRLF.CRLF ends a message for it. */
final class FakeMailServer implements AutoCloseable {
    /** A message as it came, dots stuffed and with its last line, each char one octet. */
    record Mail(String from, List<String> to, String wire, boolean encrypted) {
        String text() {
            return wire.substring(0, wire.length() - 3).replaceAll("(?m)^\\.", "");
        }
    }

    /** Closes the connection instead of a reply. */
    static final String HANG_UP = "(hang up)";
    /** Says nothing more. */
    static final String SILENCE = "(silence)";

    private final ServerSocket socket;
    private final Map<String, String> replies = new ConcurrentHashMap<>();
    private final List<String> extensions = new CopyOnWriteArrayList<>();
    private final List<Socket> clients = new CopyOnWriteArrayList<>();
    private final List<Mail> mails = new CopyOnWriteArrayList<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final boolean lmtp;
    private volatile Optional<SSLContext> tls = Optional.empty();
    private volatile boolean implicit;

    private FakeMailServer(boolean lmtp) throws IOException {
        this.lmtp = lmtp;
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread acceptor = new Thread(this::accept, "fake-mail-server");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    static FakeMailServer smtp() throws IOException {
        return new FakeMailServer(false);
    }

    static FakeMailServer lmtp() throws IOException {
        return new FakeMailServer(true);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    SmartHost host() {
        return SmartHost.at(address()).withHostName("us.example");
    }

    FakeMailServer offer(String... keywords) {
        extensions.addAll(List.of(keywords));
        return this;
    }

    FakeMailServer forget(String keyword) {
        extensions.remove(keyword);
        return this;
    }

    /** Sets the reply to commands that begin so; "greeting" and "." are commands here, and ".<address>" in LMTP. */
    FakeMailServer reply(String command, String reply) {
        replies.put(command, reply);
        return this;
    }

    FakeMailServer mend() {
        replies.clear();
        return this;
    }

    FakeMailServer startTls(TestCertificate certificate) {
        tls = Optional.of(context(certificate));
        return offer("STARTTLS");
    }

    FakeMailServer implicitTls(TestCertificate certificate) {
        tls = Optional.of(context(certificate));
        implicit = true;
        return this;
    }

    List<Mail> mails() {
        return mails;
    }

    /** All lines that were no part of a message, of all connections. */
    List<String> commands() {
        return commands;
    }

    private static SSLContext context(TestCertificate certificate) {
        try {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry(
                    "server",
                    certificate.key(),
                    new char[0],
                    certificate.chain().toArray(X509Certificate[]::new));
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(keys, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(factory.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                clients.add(client);
                Thread thread = new Thread(() -> serve(client), "fake-mail-session");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (Session session = new Session(client)) {
            session.run();
        } catch (IOException | UncheckedIOException over) {
            // The client has gone, or broke TLS off.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket client : clients) {
            client.close();
        }
    }

    private final class Session implements AutoCloseable {
        private Socket client;
        private InputStream in;
        private OutputStream out;
        private String from = "";
        private List<String> to = new ArrayList<>();

        Session(Socket client) throws IOException {
            use(client);
        }

        private void use(Socket other) throws IOException {
            client = other;
            in = new BufferedInputStream(other.getInputStream());
            out = other.getOutputStream();
        }

        void run() throws IOException {
            if (implicit) {
                secure();
            }
            boolean open = say("greeting", "220 fake ready");
            while (open) {
                String line = readLine();
                if (line.isEmpty() && client.isClosed()) {
                    return;
                }
                commands.add(line);
                open = answer(line);
            }
        }

        private boolean answer(String line) throws IOException {
            String verb = line.split("[ :]", 2)[0];
            switch (verb) {
                case "EHLO", "LHLO" -> {
                    return verb.equals("LHLO") == lmtp ? say(line, hello()) : say(line, "500 not here");
                }
                case "STARTTLS" -> {
                    boolean open = say(line, "220 go ahead");
                    if (open && !replies.containsKey("STARTTLS")) {
                        secure();
                    }
                    return open;
                }
                case "MAIL" -> {
                    from = line;
                    to = new ArrayList<>();
                    return say(line, "250 ok");
                }
                case "RCPT" -> {
                    String reply = find(line).orElse("250 ok");
                    if (reply.startsWith("2")) {
                        to.add(line);
                    }
                    return say(line, reply);
                }
                case "DATA" -> {
                    return say(line, "354 go on") && (replies.containsKey("DATA") || data());
                }
                case "QUIT" -> {
                    say(line, "221 bye");
                    return false;
                }
                default -> {
                    return say(line, "250 ok");
                }
            }
        }

        private String hello() {
            List<String> lines = new ArrayList<>(List.of("fake"));
            lines.addAll(extensions);
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < lines.size(); i++) {
                text.append(i + 1 < lines.size() ? "250-" : "250 ")
                        .append(lines.get(i))
                        .append("\r\n");
            }
            return text.substring(0, text.length() - 2);
        }

        private boolean data() throws IOException {
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            int matched = 2; // the line end of DATA
            String end = "\r\n.\r\n";
            while (matched < end.length()) {
                int octet = in.read();
                if (octet < 0) {
                    return false;
                }
                octets.write(octet);
                matched = octet == end.charAt(matched) ? matched + 1 : octet == '\r' ? 1 : 0;
            }
            boolean open = true;
            if (lmtp) {
                List<String> taken = new ArrayList<>();
                for (String recipient : to) {
                    String address = recipient.substring(recipient.indexOf('<'));
                    String reply = find("." + address).orElse("250 taken");
                    if (open && reply.startsWith("2")) {
                        taken.add(recipient);
                    }
                    open = open && say("." + address, reply);
                }
                mails.add(new Mail(from, taken, octets.toString(ISO_8859_1), client instanceof SSLSocket));
            } else {
                String reply = find(".").orElse("250 taken");
                if (reply.startsWith("2")) {
                    mails.add(new Mail(from, to, octets.toString(ISO_8859_1), client instanceof SSLSocket));
                }
                open = say(".", reply);
            }
            return open;
        }

        private void secure() throws IOException {
            SSLSocket secured = (SSLSocket) tls.orElseThrow().getSocketFactory().createSocket(client, null, 0, true);
            secured.setUseClientMode(false);
            secured.startHandshake();
            use(secured);
        }

        private Optional<String> find(String command) {
            return replies.entrySet().stream()
                    .filter(entry -> command.startsWith(entry.getKey()))
                    .max(Map.Entry.comparingByKey((a, b) -> a.length() - b.length()))
                    .map(Map.Entry::getValue);
        }

        private boolean say(String command, String standard) throws IOException {
            String reply = find(command).orElse(standard);
            if (reply.equals(HANG_UP)) {
                return false;
            }
            if (reply.equals(SILENCE)) {
                while (in.read() >= 0) {} // until the client has had enough
                return false;
            }
            out.write((reply + "\r\n").getBytes(ISO_8859_1));
            out.flush();
            return true;
        }

        private String readLine() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int octet = in.read(); octet != '\n'; octet = in.read()) {
                if (octet < 0) {
                    client.close();
                    return "";
                }
                line.write(octet);
            }
            return line.toString(UTF_8).stripTrailing();
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }
}
