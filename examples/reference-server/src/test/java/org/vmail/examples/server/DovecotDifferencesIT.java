package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.examples.server.Differences.Difference;
import org.vmail.examples.server.Differences.Reply;

/**
 * The same mailbox served by Debian's Dovecot and by vmail, and the same commands: every difference of the replies stands in
 * {@code docs/differences.md} with the section of the RFC that explains it.
 */
@Tag("interop")
class DovecotDifferencesIT {
    private static final String USER = "pair@a.example";
    private static final long SEED = 20_261_122;
    private static final String SILENCE = "(silence)";
    private static final int RANDOM_MESSAGES = 30;
    private static final Path DOCUMENT = Path.of("../../docs/differences.md");

    @TempDir
    static Path folder;

    private static Dovecot dovecot;
    private static ServerProcess server;

    /** What is said in one session; a login comes first where it says so. */
    private record Script(String name, boolean loggedIn, boolean pipelined, List<String> commands) {}

    @BeforeAll
    static void start() throws IOException {
        Dovecot.require();
        Loopback.requireAddresses(Site.A, Site.B, Site.SHARED);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Site site = Site.create(folder);
        site.add("pair", "a.example", Site.hash(Dovecot.PASSWORD));
        site.add("pair", "b.example", Site.hash(Dovecot.PASSWORD));
        Path config = site.config(Optional.empty());
        // Neither server lets the scripts wait for the bad logins of those before.
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("[pop3]", "[login]\npenalties = []\n\n[pop3]\nsasl = [\"PLAIN\", \"LOGIN\"]"));
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        fill(site.mailbox("pair", "a.example"));
        fill(theirs.resolve("a.example/pair"));
        dovecot = Dovecot.start(Files.createDirectory(folder.resolve("dovecot")), theirs, USER);
        server = ServerProcess.start(config);
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
        if (dovecot != null) {
            dovecot.close();
        }
    }

    @Test
    void everyDifferenceIsExplained() throws IOException {
        int messages = messages().size();
        List<Difference> found = new ArrayList<>();
        for (Script script : scripts(messages)) {
            List<Reply> theirs = run(dovecot.pop3(), script);
            List<Reply> ours = run(server.pop3(Site.A), script);
            Differences.of(script.name(), theirs, ours).forEach(found::add);
        }

        assertThat(found.stream().distinct())
                .as("what is in no RFC, with seed %d", SEED)
                .containsExactlyInAnyOrderElementsOf(ExplainedDifferences.ALL.stream()
                        .map(ExplainedDifferences.Explained::difference)
                        .toList());
    }

    @Test
    void theDocumentListsExactlyTheDifferences() throws IOException {
        try (Stream<String> lines = Files.lines(DOCUMENT)) {
            assertThat(lines.filter(line -> line.startsWith("| ")).skip(1))
                    .containsExactlyElementsOf(ExplainedDifferences.ALL.stream()
                            .map(ExplainedDifferences.Explained::row)
                            .toList());
        }
    }

    private static List<Script> scripts(int messages) {
        List<Script> scripts = new ArrayList<>();
        scripts.add(before("greeting", "QUIT"));
        scripts.add(before("before login", "CAPA", "capa", "STAT", "QUIT"));
        for (String command : List.of(
                "LIST",
                "RETR 1",
                "TOP 1 1",
                "UIDL",
                "DELE 1",
                "NOOP",
                "RSET",
                "XYZZY",
                "",
                "USER",
                "PASS",
                "PASS x",
                "CAPA x",
                "STLS",
                "APOP pair 0123456789abcdef0123456789abcdef",
                "UTF8",
                "LANG",
                " CAPA",
                "CAPA ",
                "AUTH NOPE",
                "AUTH PLAIN !",
                "AUTH PLAIN =",
                "AUTH")) {
            scripts.add(before("before login", command, "QUIT"));
        }
        scripts.add(before("before login", "QUIT x"));
        scripts.add(before("before login", "XYZZY " + "x".repeat(300), "QUIT"));
        scripts.add(before("before login", "USER " + "x".repeat(300), "QUIT"));
        scripts.add(new Script(
                "login, pipelined",
                false,
                true,
                List.of("CAPA", "USER " + USER, "PASS " + Dovecot.PASSWORD, "STAT", "RETR 2", "XYZZY", "QUIT")));
        String plain = base64("\0" + USER + "\0" + Dovecot.PASSWORD);
        scripts.add(before("login", "USER " + USER, "PASS " + Dovecot.PASSWORD, "STAT", "QUIT"));
        scripts.add(before("login", "user " + USER, "pass " + Dovecot.PASSWORD, "stat", "quit"));
        scripts.add(before("login", "USER " + USER, "USER " + USER, "PASS " + Dovecot.PASSWORD, "QUIT"));
        scripts.add(before("login", "USER " + USER, "PASS wrong", "USER " + USER, "PASS " + Dovecot.PASSWORD, "QUIT"));
        scripts.add(before("login", "USER nobody@a.example", "PASS wrong", "QUIT"));
        scripts.add(before("login", "USER " + USER, "PASS " + Dovecot.PASSWORD + " ", "QUIT"));
        scripts.add(before("login", "USER " + USER, "CAPA", "PASS " + Dovecot.PASSWORD, "QUIT"));
        scripts.add(before("login", "AUTH PLAIN " + plain, "STAT", "QUIT"));
        scripts.add(before("login", "auth plain " + plain, "QUIT"));
        scripts.add(before("login", "AUTH PLAIN", plain, "STAT", "QUIT"));
        scripts.add(before("login", "AUTH PLAIN", "*", "AUTH PLAIN " + plain, "QUIT"));
        scripts.add(before("login", "AUTH PLAIN", "!", "QUIT"));
        scripts.add(before("login", "AUTH PLAIN " + base64("\0" + USER + "\0wrong"), "QUIT"));
        scripts.add(before("login", "AUTH LOGIN", base64(USER), base64(Dovecot.PASSWORD), "STAT", "QUIT"));

        scripts.add(
                after("listings", "STAT", "LIST", "UIDL", "NOOP", "CAPA", "LIST ", "UIDL ", "STAT ", "NOOP ", "QUIT"));
        List<String> each = new ArrayList<>();
        for (int number = 1; number <= messages; number++) {
            for (String command : List.of("LIST ", "UIDL ", "RETR ")) {
                each.add(command + number);
            }
            for (int lines : new int[] {0, 1, 2, 3, 1000}) {
                each.add("TOP " + number + " " + lines);
            }
        }
        each.add("QUIT");
        scripts.add(new Script("each message", true, false, each));
        scripts.add(new Script("each message, pipelined", true, true, each));
        for (String verb : List.of("LIST", "UIDL", "RETR", "DELE")) {
            for (String argument : List.of(
                    " 0", " -1", " 999", " 99999999999999999999", " x", " 1x", " 1 2", " 01", "  1", " 1 ", "\t1")) {
                scripts.add(after("arguments", verb + argument, "QUIT-WITHOUT-UPDATE"));
            }
        }
        for (String command : List.of(
                "RETR",
                "DELE",
                "TOP",
                "TOP 1",
                "TOP 1 x",
                "TOP 1 -1",
                "TOP 0 1",
                "TOP 999 1",
                "TOP 1 1 1",
                "TOP 1  1",
                "TOP 1 99999999999999999999",
                "STAT 1",
                "NOOP x",
                "RSET x",
                "QUIT x",
                "XYZZY",
                "",
                " STAT",
                "USER " + USER,
                "PASS x",
                "AUTH PLAIN",
                "APOP a b",
                "STLS",
                "LAST",
                "UTF8",
                "LANG",
                "stat",
                "StAt")) {
            scripts.add(after("arguments", command, "QUIT-WITHOUT-UPDATE"));
        }
        scripts.add(after("arguments", "XYZZY " + "x".repeat(300), "QUIT-WITHOUT-UPDATE"));
        scripts.add(after("arguments", "RETR " + "1".repeat(300), "QUIT-WITHOUT-UPDATE"));
        scripts.add(after("arguments", "RETR\0001", "QUIT-WITHOUT-UPDATE"));
        scripts.add(after("arguments", "RETR \u00b9", "QUIT-WITHOUT-UPDATE"));
        scripts.add(after(
                "deletions",
                "DELE 1",
                "DELE 1",
                "RETR 1",
                "TOP 1 0",
                "LIST 1",
                "UIDL 1",
                "STAT",
                "LIST",
                "UIDL",
                "RSET",
                "STAT",
                "LIST 1",
                "DELE 2",
                "DELE 4",
                "STAT",
                "QUIT"));
        scripts.add(after("after deletions", "STAT", "LIST", "RETR 2", "QUIT"));
        scripts.add(new Script(
                "deletions, pipelined",
                true,
                true,
                List.of("DELE 1", "DELE 3", "STAT", "RSET", "DELE 1", "LIST", "QUIT")));
        scripts.add(after("after deletions", "STAT", "LIST", "RETR 1", "QUIT"));
        return scripts;
    }

    private static Script before(String name, String... commands) {
        return new Script(name, false, false, List.of(commands));
    }

    private static Script after(String name, String... commands) {
        return new Script(name, true, false, List.of(commands));
    }

    private static List<Reply> run(InetSocketAddress address, Script script) throws IOException {
        List<Reply> replies = new ArrayList<>();
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(6_000);
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            replies.add(read(in, "(greeting)"));
            if (script.loggedIn()) {
                for (String command : List.of("USER " + USER, "PASS " + Dovecot.PASSWORD)) {
                    say(socket, command + "\r\n");
                    assertThat(read(in, command).status()).as(command).startsWith("+OK");
                }
            }
            if (script.pipelined()) {
                say(socket, String.join("\r\n", script.commands()) + "\r\n");
            }
            for (String command : script.commands()) {
                if (command.equals("QUIT-WITHOUT-UPDATE")) {
                    say(socket, "RSET\r\nQUIT\r\n");
                    break;
                }
                if (!script.pipelined()) {
                    say(socket, command + "\r\n");
                }
                replies.add(read(in, command));
            }
            String rest = line(in);
            while (rest != null && !rest.equals(SILENCE)) { // until it closes: then the maildrop is free again
                rest = line(in);
            }
        }
        return replies;
    }

    private static Reply read(InputStream in, String command) throws IOException {
        List<String> lines = new ArrayList<>();
        String first = line(in);
        lines.add(first == null ? "(closed)" : first);
        if (lines.get(0).startsWith("+OK")
                && command.matches("(?i)\\s*(CAPA.*|(LIST|UIDL|AUTH|LANG)\\s*|(RETR|TOP)\\b.*)")) {
            for (String line = line(in); line != null && !line.equals(".") && !line.equals(SILENCE); line = line(in)) {
                lines.add(line);
            }
        }
        return new Reply(command, lines);
    }

    /** A line without its CRLF: a CR or LF alone is content. Null at the end. */
    private static @Nullable String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        try {
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                line.append((char) octet);
                int length = line.length();
                if (octet == '\n' && length > 1 && line.charAt(length - 2) == '\r') {
                    return line.substring(0, length - 2);
                }
            }
            return null;
        } catch (SocketTimeoutException e) {
            return SILENCE;
        }
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1));
    }

    private static void fill(Path mailbox) throws IOException {
        for (String sub : List.of("tmp", "new", "cur")) {
            Files.createDirectories(mailbox.resolve(sub));
        }
        List<String> messages = messages();
        for (int i = 0; i < messages.size(); i++) {
            Path file = mailbox.resolve("new").resolve((1_700_000_000 + i) + ".M" + (100_000 + i) + "P1.host");
            Files.writeString(file, messages.get(i), ISO_8859_1);
        }
    }

    /** Those that are easy to get wrong, and random ones. */
    private static List<String> messages() {
        List<String> messages = new ArrayList<>();
        Mail.difficult().values().forEach(message -> messages.add(message.replace("\r\n", "\n")));
        messages.add("Subject: unended\n\nthe last line has no end");
        messages.add("Subject: no empty line\n");
        messages.add("Subject: unended header");
        messages.add("Subject: CRLF stored\r\n\r\n.one\r\ntwo\r\n");
        messages.add("Subject: mixed\r\n\none\r\ntwo\nthree\r\n");
        messages.add("Subject: bare CR\n\none\rtwo\r\n\rthree\r\r\n");
        messages.add("Subject: a dot at the end\n\n.");
        messages.add("\n\nno header\n");
        messages.add("Subject: NUL\n\none\0two\n");
        messages.add("Subject: long\n\n" + "x".repeat(100_000) + "\n");
        Random random = new Random(SEED);
        String[] pieces = {"a", ".", "\n", "\n.", " ", "\r", "\u00e9", "From ", "word ", "\t", "\n\n", "\r\n"};
        for (int i = 0; i < RANDOM_MESSAGES; i++) {
            StringBuilder message = new StringBuilder("Subject: " + i + "\n\n");
            for (int j = random.nextInt(200); j > 0; j--) {
                message.append(pieces[random.nextInt(pieces.length)]);
            }
            messages.add(message.toString());
        }
        return messages;
    }
}
