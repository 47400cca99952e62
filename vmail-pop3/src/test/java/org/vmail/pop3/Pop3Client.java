package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.vmail.net.RawClient;

/** A POP3 client that checks the form of every reply it gets. */
final class Pop3Client implements Closeable {
    private final RawClient raw;

    private Pop3Client(RawClient raw) {
        this.raw = raw;
    }

    /** Connects, and leaves the greeting to be read. */
    static Pop3Client connect(InetSocketAddress server) throws IOException {
        return new Pop3Client(RawClient.connect(server));
    }

    RawClient raw() {
        return raw;
    }

    /** Reads the first or only line of a reply. */
    String status() throws IOException {
        String line = raw.readLine();
        assertThat(line).as("RFC 1939, section 3: status indicator").matches("(\\+OK|-ERR)( [ -~]*)?");
        assertThat(line.length() + 2)
                .as("RFC 1939, section 3: length of a response line")
                .isLessThanOrEqualTo(512);
        return line;
    }

    String ask(String command) throws IOException {
        raw.sendLine(command);
        return status();
    }

    /** The lines of a multi-line reply, as they are on the wire, without the dot. */
    List<String> lines(String command) throws IOException {
        assertThat(ask(command)).as(command).startsWith("+OK");
        List<String> lines = new ArrayList<>();
        for (String line = raw.readLine(); !line.equals("."); line = raw.readLine()) {
            lines.add(line);
        }
        return lines;
    }

    /** A message as a client stores it: byte-stuffing undone, every line with its CRLF. */
    String message(String command) throws IOException {
        StringBuilder message = new StringBuilder();
        for (String line : lines(command)) {
            message.append(line.startsWith(".") ? line.substring(1) : line).append("\r\n");
        }
        return message.toString();
    }

    String logIn(String user, String password) throws IOException {
        assertThat(ask("USER " + user)).startsWith("+OK");
        return ask("PASS " + password);
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
