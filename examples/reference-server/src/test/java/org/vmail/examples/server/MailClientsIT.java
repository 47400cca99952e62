package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What people fetch their mail with gets it octet for octet, whichever way they name their account. */
@Tag("interop")
class MailClientsIT {
    private static final int LARGE = 5 << 20;
    private static final int MANY = 200;
    private static final int FETCHMAIL_NO_MAIL = 1;

    @TempDir
    static Path siteFolder;

    @TempDir
    Path folder;

    private static Site site;
    private static Path config;
    private static ServerProcess server;
    private Path fetched;

    /** How a user logs in. The same user name is in both domains, with mail of its own. */
    enum Form {
        BARE_ON_THE_DOMAINS_OWN_ADDRESS(Site.A, "", "a.example", Site.PASSWORD_A),
        QUALIFIED_ON_THE_SHARED_ADDRESS(Site.SHARED, "@b.example", "b.example", Site.PASSWORD_B);

        private final String host;
        private final String suffix;
        private final String domain;
        private final String password;

        Form(String host, String suffix, String domain, String password) {
            this.host = host;
            this.suffix = suffix;
            this.domain = domain;
            this.password = password;
        }

        InetSocketAddress server() {
            return server.pop3(host);
        }

        String login(String user) {
            return user + suffix;
        }

        String mailbox(String user) {
            return user + "@" + domain;
        }
    }

    @BeforeAll
    static void start() throws IOException {
        Loopback.requireAddresses(Site.A, Site.B, Site.SHARED);
        site = Site.create(siteFolder, "curl", "fetchmail", "mpop", "many", "swaks");
        config = site.config(Optional.empty());
        server = ServerProcess.start(config);
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void makeFolder() throws IOException {
        fetched = Files.createDirectory(folder.resolve("fetched"));
    }

    @ParameterizedTest
    @EnumSource
    void curlGetsWhatWasDelivered(Form form) throws Exception {
        Programs.require("curl");
        List<String> expected = fill(form.mailbox("curl"), oddCarriageReturns());
        String url = "pop3://" + form.host + ":" + form.server().getPort() + "/";
        String credentials = form.login("curl") + ":" + form.password;

        Programs.run(
                        "curl",
                        "-sS",
                        "-u",
                        credentials,
                        url + "[1-" + expected.size() + "]",
                        "-o",
                        fetched.resolve("#1").toString())
                .successful();
        Programs.Result listing =
                Programs.run("curl", "-sS", "-u", credentials, url).successful();

        assertThat(fetched(form.mailbox("curl"), Function.identity())).containsExactlyElementsOf(expected);
        assertThat(listing.output().lines()).hasSize(expected.size());
    }

    @ParameterizedTest
    @EnumSource
    void fetchmailGetsWhatWasDeliveredOnceAndDeletesItWhenAsked(Form form) throws Exception {
        Programs.require("fetchmail");
        List<String> expected = fill(form.mailbox("fetchmail"), List.of());

        fetchmail(form, "keep").successful();
        assertThat(fetched(form.mailbox("fetchmail"), MailClientsIT::withCrLf)).containsExactlyElementsOf(expected);

        assertThat(fetchmail(form, "keep").exitCode())
                .as("it knows the unique-ids again")
                .isEqualTo(FETCHMAIL_NO_MAIL);

        fetchmail(form, "no keep fetchall").successful();
        assertThat(Pop3.fetch(form.server(), form.login("fetchmail"), form.password))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void mpopGetsWhatWasDeliveredOnceAndDeletesItWhenAsked(Form form) throws Exception {
        Programs.require("mpop");
        List<String> expected = fill(form.mailbox("mpop"), List.of());

        mpop(form, "mpop", "keep on");
        mpop(form, "mpop", "keep on");
        assertThat(fetched(form.mailbox("mpop"), MailClientsIT::withCrLf))
                .as("only once, as it knows the unique-ids again")
                .containsExactlyElementsOf(expected);

        mpop(form, "mpop", "keep off");
        assertThat(Pop3.fetch(form.server(), form.login("mpop"), form.password)).isEmpty();
    }

    @Test
    void manyMessagesKeepTheirOrder() throws Exception {
        Programs.require("mpop");
        Form form = Form.QUALIFIED_ON_THE_SHARED_ADDRESS;
        List<String> expected = IntStream.range(0, MANY)
                .mapToObj(i -> Mail.message("number " + i, "Dear user\r\n".repeat(i % 7)))
                .toList();
        deliver(server, form.mailbox("many"), expected);

        mpop(form, "many", "keep off");

        assertThat(fetched(form.mailbox("many"), MailClientsIT::withCrLf)).containsExactlyElementsOf(expected);
    }

    @Test
    void swaksGetsAReplyForEachRecipientWhenItPipelines() throws Exception {
        Programs.require("swaks");

        Programs.Result result = Programs.run(
                "swaks",
                "--protocol",
                "LMTP",
                "--pipeline",
                "--server",
                server.lmtp().getHostString(),
                "--port",
                String.valueOf(server.lmtp().getPort()),
                "--helo",
                "mta.example",
                "--from",
                "ann@far.example",
                "--to",
                "swaks@a.example,nobody@a.example,swaks@b.example",
                "--body",
                ".\nfirst\n..\n.last");

        assertThat(result.output())
                .contains("250 2.1.5 ok <swaks@a.example>", "250 2.1.5 ok <swaks@b.example>", "550 5.1.1 ")
                .doesNotContain("ok <nobody");
        for (Form form : Form.values()) {
            assertThat(Pop3.fetch(form.server(), form.login("swaks"), form.password))
                    .singleElement()
                    .asString()
                    .contains("\r\n\r\n.\r\nfirst\r\n..\r\n.last\r\n");
        }
    }

    private static List<String> fill(String mailbox, Collection<String> more) throws IOException {
        return fill(server, config, mailbox, more);
    }

    /** Delivers everything that is difficult, and returns what a client must get. */
    static List<String> fill(ServerProcess server, Path config, String mailbox, Collection<String> more)
            throws IOException {
        Map<String, String> messages = new LinkedHashMap<>(Mail.difficult());
        messages.put("large", Mail.large(LARGE));
        List<String> all = new ArrayList<>(messages.values());
        all.addAll(more);
        deliver(server, mailbox, all);
        String unended = "Subject: unended\r\n\r\nthe last line has no end";
        OwnCommand.runWith(unended, "deliver", "--config", config, "-f", "ann@far.example", "-d", mailbox)
                .successful();
        all.add(unended + "\r\n"); // a multi-line reply consists of lines (RFC 1939, section 3)
        return all;
    }

    /** Most clients tidy these up; the server must not. */
    private static List<String> oddCarriageReturns() {
        return List.of(
                Mail.message("bare CR", "one\rtwo\r\n\rthree\r\n"),
                Mail.message("double CR", "one\r\r\ntwo\r\r\r\n"),
                "Subject: no body and no empty line\r\n");
    }

    static void deliver(ServerProcess server, String mailbox, List<String> messages) throws IOException {
        try (Lmtp mta = new Lmtp(server.lmtp())) {
            for (String message : messages) {
                mta.deliver(mailbox, Mail.octets(message));
            }
        }
    }

    private Programs.Result fetchmail(Form form, String options) throws IOException, InterruptedException {
        Path settings = privateFile("fetchmailrc", """
                set invisible
                poll %s service %d protocol pop3 uidl
                    user "%s" password "%s"
                    no rewrite pass8bits
                    mda "%s %s"
                    %s
                """.formatted(
                form.host, form.server().getPort(), form.login("fetchmail"), form.password, mda(), fetched, options));
        ProcessBuilder fetchmail = Programs.builder(List.of(
                "fetchmail", "--sslproto", "", "-f", settings.toString(), "--pidfile", folder + "/fetchmail.pid"));
        fetchmail.environment().put("FETCHMAILHOME", folder.toString());
        return Programs.run(fetchmail, new byte[0]);
    }

    private void mpop(Form form, String user, String options) throws IOException, InterruptedException {
        Path settings = privateFile("mpoprc", """
                account vmail
                tls off
                host %s
                port %d
                auth user
                user %s
                password %s
                uidls_file %s/mpop.uidls
                received_header off
                delivery mda "%s %s"
                %s
                %s
                """.formatted(
                        form.host,
                        form.server().getPort(),
                        form.login(user),
                        form.password,
                        folder,
                        mda(),
                        fetched,
                        options,
                        options.equals("keep off") ? "only_new off" : "only_new on"));
        Programs.run("mpop", "-C", settings.toString(), "vmail").successful();
    }

    /** A program that delivers into a folder: the first message to a file 1, and so on. */
    private Path mda() throws IOException {
        Path script = folder.resolve("mda");
        if (Files.notExists(script)) {
            Files.writeString(script, """
                    #!/bin/sh
                    cat >"$1/$(($(ls "$1" | wc -l) + 1))"
                    """);
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        }
        return script;
    }

    /** Mail clients insist that nobody else can read their passwords. */
    private Path privateFile(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private List<String> fetched(String mailbox, Function<String, String> form) throws IOException {
        List<String> messages = new ArrayList<>();
        for (int i = 1; Files.exists(fetched.resolve(String.valueOf(i))); i++) {
            String received = Files.readString(fetched.resolve(String.valueOf(i)), ISO_8859_1);
            messages.add(Mail.withoutTrace(mailbox, form.apply(received)));
        }
        return messages;
    }

    /** Programs that hand mail to others on the same machine end lines as that machine does. */
    private static String withCrLf(String stored) {
        assertThat(stored).doesNotContain("\r");
        return stored.replace("\n", "\r\n");
    }
}
