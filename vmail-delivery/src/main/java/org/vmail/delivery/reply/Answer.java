package org.vmail.delivery.reply;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import java.io.ByteArrayOutputStream;
import java.net.ProtocolException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.vmail.address.MailAddress;

/**
 * An answer that somebody wrote beforehand: a message with a Subject. The fields that concern this one answer are ours (RFC
 * 3834, section 3.1); {@code $SUBJECT} within the Subject stands for the one that is answered.
 */
final class Answer {
    private static final Set<String> OURS = Set.of(
            "to",
            "cc",
            "bcc",
            "date",
            "message-id",
            "in-reply-to",
            "references",
            "auto-submitted",
            "return-path",
            "received",
            "delivered-to",
            "subject",
            "from",
            "sender",
            "apparently-to",
            "precedence");
    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.US);
    private static final CharMatcher ASCII = CharMatcher.ascii();
    private static final Set<String> MAILBOXES = Set.of("reply-to", "sender");
    /** An address with a name behind it, as it was written before there were brackets (RFC 5322, appendix A.5). */
    private static final Pattern COMMENT = Pattern.compile("\\s*([^\\s<>()]+)\\s*\\(([^()]*)\\)\\s*");

    private static final Pattern MESSAGE_ID = Pattern.compile("<[!-;=?-~]+>");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MAX_SUBJECT = 200;
    private static final int MAX_REFERENCES = 900;

    private final HeaderFields header;
    private final byte[] octets;
    private final int body;

    private Answer(HeaderFields header, byte[] octets, int body) {
        this.header = header;
        this.octets = octets;
        this.body = body;
    }

    /**
     * Reads what somebody wrote.
     *
     * @throws ProtocolException if it has no Subject
     */
    static Answer of(byte[] octets) throws ProtocolException {
        HeaderFields header = HeaderFields.of(octets, 0);
        if (header.values("Subject").findAny().isEmpty()) {
            throw new ProtocolException("it is no message with a Subject");
        }
        int end = HeaderFields.endOfHeader(octets, 0);
        int body = end;
        while (body < octets.length && octets[body] != '\n') {
            body++;
        }
        return new Answer(header, octets, Math.min(body + 1, octets.length));
    }

    /** The answer to one message, with lines that end in CRLF in its header and as they are in its body. */
    byte[] to(MailAddress sender, MailAddress from, HeaderFields question, Instant now) {
        StringBuilder fields = new StringBuilder();
        add(
                fields,
                "From",
                header.values("From").findFirst().map(Answer::mailbox).orElse(from.toString()));
        add(fields, "To", sender.toString());
        add(fields, "Subject", subject(question));
        add(fields, "Date", DATE_TIME.format(now.atOffset(ZoneOffset.UTC)));
        add(
                fields,
                "Message-ID",
                "<" + now.toEpochMilli() + "." + Long.toHexString(RANDOM.nextLong()) + "@" + from.domain() + ">");
        add(fields, "Auto-Submitted", "auto-replied");
        Optional<String> answered = ids(question, "Message-ID").findFirst();
        if (answered.isPresent()) {
            add(fields, "In-Reply-To", answered.get());
            add(fields, "References", references(question, answered.get()));
        }
        header.fields().stream()
                .filter(field -> !OURS.contains(Ascii.toLowerCase(field.name()))
                        && !Ascii.toLowerCase(field.name()).startsWith("resent-"))
                .forEach(field -> add(fields, field.name(), encoded(field.name(), field.value())));
        addMime(fields);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.writeBytes(fields.append("\r\n").toString().getBytes(UTF_8));
        answer.write(octets, body, octets.length - body);
        return answer.toByteArray();
    }

    private String subject(HeaderFields question) {
        String asked =
                EncodedWord.decoded(question.values("Subject").findFirst().orElse(""));
        String bounded = asked.codePoints()
                .limit(MAX_SUBJECT)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        String written = header.values("Subject").findFirst().orElse("");
        return EncodedWord.of(written.replace("$SUBJECT", bounded));
    }

    private static String encoded(String name, String value) {
        return MAILBOXES.contains(Ascii.toLowerCase(name)) ? mailbox(value) : EncodedWord.of(value);
    }

    /** A name that is not ASCII is encoded; an address behind it, or before it if it is a comment, stays. */
    private static String mailbox(String value) {
        String line = CharMatcher.javaIsoControl().replaceFrom(value, ' ');
        int bracket = line.lastIndexOf('<');
        Matcher comment = COMMENT.matcher(line);
        if (!ASCII.matchesAllOf(line) && comment.matches()) {
            return EncodedWord.of(comment.group(2)) + " <" + comment.group(1) + ">";
        }
        if (ASCII.matchesAllOf(line) || bracket <= 0) {
            return line;
        }
        String name = CharMatcher.is('"').trimFrom(line.substring(0, bracket).strip());
        return EncodedWord.of(name) + " " + line.substring(bracket);
    }

    /** A body that does not say what it is, and is not ASCII, is said to be text. */
    private void addMime(StringBuilder fields) {
        if (header.values("Content-Type").findAny().isPresent()) {
            if (header.values("MIME-Version").findAny().isEmpty()) {
                add(fields, "MIME-Version", "1.0");
            }
            return;
        }
        String text = HeaderFields.text(octets, body, octets.length);
        if (!ASCII.matchesAllOf(text)
                && header.values("Content-Transfer-Encoding").findAny().isEmpty()) {
            boolean utf8 = text.getBytes(UTF_8).length == octets.length - body;
            add(fields, "Content-Type", "text/plain; charset=" + (utf8 ? UTF_8 : ISO_8859_1));
            add(fields, "Content-Transfer-Encoding", "8bit");
            if (header.values("MIME-Version").findAny().isEmpty()) {
                add(fields, "MIME-Version", "1.0");
            }
        }
    }

    /** RFC 5322, section 3.6.4: those of the question and the question itself; the latest of them if they are too many. */
    private static String references(HeaderFields question, String answered) {
        List<String> before = ids(question, "References").toList();
        if (before.isEmpty()) {
            List<String> parents = ids(question, "In-Reply-To").toList();
            before = parents.size() == 1 ? parents : List.of();
        }
        Deque<String> references = new ArrayDeque<>(List.of(answered));
        int length = answered.length();
        for (int i = before.size() - 1; i >= 0 && length + before.get(i).length() < MAX_REFERENCES; i--) {
            references.addFirst(before.get(i));
            length += before.get(i).length() + 3;
        }
        return String.join("\r\n ", references);
    }

    private static Stream<String> ids(HeaderFields question, String name) {
        return question.values(name)
                .flatMap(value -> MESSAGE_ID.matcher(value).results().map(MatchResult::group))
                .filter(id -> id.length() < MAX_REFERENCES);
    }

    private static void add(StringBuilder fields, String name, String value) {
        fields.append(name).append(": ").append(value).append("\r\n");
    }
}
