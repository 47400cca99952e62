package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.vmail.net.TestCertificate;

/**
 * A session as a page shows it. Its first line says who the client is, where it connects to, and whether TLS comes first;
 * then {@code C:} is what the client says and {@code S:} what it hears, with {@code …} for any text; a line in parentheses is
 * something that happens.
 */
final class ShownSession implements AutoCloseable {
    private static final Pattern HEAD =
            Pattern.compile("\\(client (?<client>\\S+), server (?<server>[^\\s,]+)(, TLS(?: for (?<name>\\S+))?)?\\)");
    private static final Pattern TLS = Pattern.compile("\\(TLS for (?<name>\\S+)\\)");
    private static final int LIMIT_MILLIS = 20_000;

    private final ScenarioSite site;
    private Socket socket;
    private BufferedReader in;
    private boolean atEnd;

    private ShownSession(ScenarioSite site, Socket socket) throws IOException {
        this.site = site;
        this.socket = socket;
        this.in = reader(socket);
    }

    /** Has the session, and fails where the server answers otherwise. */
    static void hold(Scenario.Block block, ScenarioSite site) throws IOException {
        Matcher head = HEAD.matcher(block.lines().get(0));
        assertThat(head.matches()).as("head of %s", block).isTrue();
        try (ShownSession session = new ShownSession(site, connect(head.group("client"), head.group("server"), site))) {
            if (block.lines().get(0).contains(", TLS")) {
                session.startTls(head.group("name"));
            }
            for (String line : block.lines().subList(1, block.lines().size())) {
                session.perform(line);
            }
            session.leave();
        }
    }

    /** Until the server has closed, so that the maildrop is free. */
    private void leave() throws IOException {
        if (!atEnd) {
            say(socket, "QUIT");
            while (in.readLine() != null) {
                // the end of what the session was about
            }
        }
    }

    static boolean beginsWithTls(Scenario.Block block) {
        return block.lines().get(0).contains(", TLS");
    }

    static boolean usesTls(Scenario.Block block) {
        return block.text().contains("TLS for");
    }

    private static Socket connect(String client, String server, ScenarioSite site) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(LIMIT_MILLIS);
        if (site.hasProxyInFront()) {
            socket.connect(site.behind());
            InetSocketAddress target = SettingsTable.socketAddressOf(server);
            say(
                    socket,
                    "PROXY TCP4 %s %s 50000 %d"
                            .formatted(client, target.getAddress().getHostAddress(), target.getPort()));
        } else {
            socket.bind(SettingsTable.socketAddressOf(site.translate(client) + ":0"));
            socket.connect(SettingsTable.socketAddressOf(site.translate(server)));
        }
        return socket;
    }

    private void perform(String line) throws IOException {
        Matcher tls = TLS.matcher(line);
        if (tls.matches()) {
            startTls(tls.group("name"));
        } else if (line.equals("S: (closed)")) {
            assertThat(in.readLine()).isNull();
            atEnd = true;
        } else if (line.startsWith("C: ")) {
            say(socket, line.substring(3));
        } else {
            assertThat(line).startsWith("S: ");
            assertThat(in.readLine()).matches(ScenarioSite.pattern(site.translate(line.substring(3))));
        }
    }

    /** With the check of the certificate that a mail client makes, if the name is known. */
    private void startTls(String name) throws IOException {
        SSLSocket secured = (SSLSocket) TestCertificate.client()
                .getSocketFactory()
                .createSocket(socket, name == null ? "192.0.2.10" : name, socket.getPort(), true);
        if (name != null) {
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
        }
        secured.startHandshake();
        socket = secured;
        in = reader(secured);
    }

    private static void say(Socket socket, String line) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write((line + "\r\n").getBytes(UTF_8));
        out.flush();
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
