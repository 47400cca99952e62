package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vmail.net.ConnectionInfo;

/**
 * The trace field of this host (RFC 5321, section 4.4).
 *
 * @param client who the client says it is
 * @param told for whom it speaks
 * @param connection how it is connected
 * @param transaction the message
 * @param host this host
 * @param time now
 */
record ReceivedField(
        String client, ToldClient told, ConnectionInfo connection, Transaction transaction, String host, Instant time) {
    /** As RFC 5322, section 3.3, wants it written: the JDK's formatter of RFC 1123 writes the obsolete zone GMT. */
    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.US);

    byte[] octets() {
        return (from() + "\r\n\tby " + host + " with " + protocol() + " (vmail)" + recipient() + ";\r\n\t"
                        + DATE_TIME.format(time.atOffset(ZoneOffset.UTC)) + "\r\n")
                .getBytes(UTF_8);
    }

    private String from() {
        String name = told.name().map(known -> known + " ").orElse("");
        Optional<InetAddress> address = told.address().or(this::peer);
        return "Received: from " + told.helo().orElse(client)
                + address.map(known -> " (" + name + "[" + literal(known) + "])")
                        .orElse("");
    }

    /** A Unix socket has none, unless a proxy tells. */
    private Optional<InetAddress> peer() {
        return connection.remote().getPort() == 0
                ? Optional.empty()
                : Optional.of(connection.remote().getAddress());
    }

    /** RFC 3848, and with UTF-8 RFC 6531, section 4.3. */
    private String protocol() {
        return (transaction.mail().smtpUtf8() ? "UTF8LMTP" : "LMTP") + (connection.encrypted() ? "S" : "");
    }

    /** Only if there is one: others would learn of blind copies (RFC 5321, section 7.2). */
    private String recipient() {
        List<RcptArgument> recipients = transaction.recipients();
        return recipients.size() == 1 ? "\r\n\tfor <" + recipients.get(0).recipient() + ">" : "";
    }

    /** RFC 5321, section 4.1.3, without the brackets; it has no zone. */
    private static String literal(InetAddress address) {
        try {
            String text = InetAddresses.toAddrString(InetAddress.getByAddress(address.getAddress()));
            return address instanceof Inet6Address ? "IPv6:" + text : text;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Addresses have 4 or 16 octets", e);
        }
    }
}
