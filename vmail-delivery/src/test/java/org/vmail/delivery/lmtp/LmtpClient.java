package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.net.RawClient;

/** An LMTP client that checks the form of every reply it gets. */
final class LmtpClient implements Closeable {
    private static final Pattern CODED = Pattern.compile("([245])[0-9]{2} ([245])\\.[0-9]{1,3}\\.[0-9]{1,3} [ -~]+");

    private final RawClient raw;

    private LmtpClient(RawClient raw) {
        this.raw = raw;
    }

    /** Connects and reads the greeting. */
    static LmtpClient connect(InetSocketAddress server) throws IOException {
        LmtpClient client = new LmtpClient(RawClient.connect(server));
        assertThat(client.raw.readLine()).startsWith("220 mx.test LMTP ");
        return client;
    }

    RawClient raw() {
        return raw;
    }

    /** Reads a reply of one line, other than to LHLO. */
    String reply() throws IOException {
        String line = raw.readLine();
        check(line);
        return line;
    }

    static void check(String reply) {
        assertThat(reply.length() + 2)
                .as("RFC 5321, section 4.5.3.1.5: length of a reply line")
                .isLessThanOrEqualTo(512);
        if (reply.startsWith("354 ")) {
            return;
        }
        Matcher matcher = CODED.matcher(reply);
        assertThat(matcher.matches())
                .as("RFC 2034, section 3: an enhanced code in '%s'", reply)
                .isTrue();
        assertThat(matcher.group(2))
                .as("RFC 2034, section 4: classes agree in '%s'", reply)
                .isEqualTo(matcher.group(1));
    }

    String ask(String command) throws IOException {
        raw.sendLine(command);
        return reply();
    }

    /** The lines of the reply to LHLO. */
    List<String> lhlo() throws IOException {
        raw.sendLine("LHLO client.test");
        List<String> lines = new ArrayList<>();
        do {
            lines.add(raw.readLine());
        } while (lines.get(lines.size() - 1).startsWith("250-"));
        return lines;
    }

    /** Gives an envelope whose recipients are all accepted, up to the 354 of DATA. */
    void begin(String... recipients) throws IOException {
        assertThat(ask("MAIL FROM:<sender@x.example>")).startsWith("250 2.1.0 ");
        for (String recipient : recipients) {
            assertThat(ask("RCPT TO:<" + recipient + ">")).startsWith("250 2.1.5 ");
        }
        assertThat(ask("DATA")).startsWith("354 ");
    }

    /** Sends octets, and reads as many replies. */
    List<String> finish(String octets, int count) throws IOException {
        raw.send(octets);
        List<String> replies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replies.add(reply());
        }
        return replies;
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
