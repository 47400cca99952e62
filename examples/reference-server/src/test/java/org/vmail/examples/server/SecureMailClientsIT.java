package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;
import org.vmail.auth.SaslMechanism;
import org.vmail.auth.TokenResult;
import org.vmail.directory.FileDirectory;
import org.vmail.domain.DomainResolver;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.net.TlsContext;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Pop3Server;

/** Every mail client with every way to log in that it has, in clear text, after STLS and over POP3S, octet for octet. */
@Tag("interop")
class SecureMailClientsIT {
    private static final String TOKEN = "ya29.dG9rZW4";

    @TempDir
    static Path siteFolder;

    @TempDir
    Path folder;

    private static Site site;
    private static Path config;
    private static Path certificate;
    private static Path key;
    private static ServerProcess server;
    private static List<String> expected = List.of();

    @BeforeAll
    static void start() throws Exception {
        Programs.require("openssl");
        Loopback.requireAddresses(Site.A, Site.B, Site.SHARED, Site.SECURE);
        site = Site.create(siteFolder, MailClient.HASHED, "once");
        String keys = PasswordHasher.withCost(4)
                .scramSha256(Password.of(Site.PASSWORD_A), 4096)
                .encoded();
        site.add(MailClient.KEYS, "a.example", keys);
        site.add(MailClient.CLEAR, "a.example", "{PLAIN}" + Site.PASSWORD_A);
        certificate = siteFolder.resolve("chain.pem");
        key = siteFolder.resolve("key.pem");
        Programs.run(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-days",
                        "30",
                        "-subj",
                        "/CN=" + Site.A,
                        "-addext",
                        "subjectAltName=IP:%1$s,IP:%2$s,DNS:%1$s,DNS:%2$s".formatted(Site.A, Site.SECURE),
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .successful();
        config = site.secureConfig(certificate, key);
        server = ServerProcess.start(config);
        for (String user : List.of(MailClient.HASHED, MailClient.KEYS, MailClient.CLEAR)) {
            expected = MailClientsIT.fill(server, config, user + "@a.example", List.of());
        }
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    static Stream<Arguments> sessions() {
        return MailClient.ALL.stream()
                .flatMap(client -> client.logins().stream()
                        .flatMap(login ->
                                client.transports().stream().map(transport -> Arguments.of(client, transport, login))));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("sessions")
    void everyClientGetsWhatWasDelivered(MailClient client, Transport transport, String login) throws Exception {
        client.require();
        MailClient.Session session = session(transport, login, MailClient.userFor(login));

        client.fetch(session, expected.size());

        List<String> fetched = new ArrayList<>();
        for (int number = 1; number <= expected.size(); number++) {
            String message = Files.readString(session.fetched().resolve(String.valueOf(number)), ISO_8859_1);
            String withCrLf =
                    client.localLineEnds() && !message.contains("\r") ? message.replace("\n", "\r\n") : message;
            fetched.add(Mail.withoutTrace(session.user() + "@a.example", withCrLf));
        }
        List<String> delivered = new ArrayList<>(expected);
        if (client.equals(MailClient.MUTT)) { // the names of its copies do not tell the order
            Collections.sort(fetched);
            Collections.sort(delivered);
        }
        for (int i = 0; i < delivered.size(); i++) { // one by one: a difference in megabytes is not readable
            assertThat(fetched.get(i).equals(asKeptBy(client, delivered.get(i))))
                    .as("message %d is as it was: %.300s", i + 1, fetched.get(i))
                    .isTrue();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("tokenSessions")
    void curlLogsInWithAToken(SaslMechanism mechanism, Transport transport) throws Exception {
        MailClient.CURL.require();
        try (Pop3Server embedded = tokenServer()) {
            embedded.start();
            int index = transport == Transport.POP3S ? 1 : 0;
            InetSocketAddress address = embedded.boundAddresses().get(index);
            MailClient.Session session = new MailClient.Session(
                    transport,
                    address,
                    mechanism.wireName(),
                    MailClient.HASHED + "@a.example",
                    TOKEN,
                    certificate,
                    folder,
                    Files.createDirectory(folder.resolve("fetched")));
            MailClient.CURL.fetch(session, 1);
            assertThat(Mail.withoutTrace(
                            session.user(), Files.readString(session.fetched().resolve("1"), ISO_8859_1)))
                    .isEqualTo(expected.get(0));

            MailClient.Session forged = session.withPassword("forged");
            assertThat(ClientPrograms.curl(forged, 1).exitCode())
                    .as("CURLE_LOGIN_DENIED")
                    .isEqualTo(67);
        }
    }

    static Stream<Arguments> tokenSessions() {
        return Stream.of(SaslMechanism.OAUTHBEARER, SaslMechanism.XOAUTH2)
                .flatMap(mechanism ->
                        Stream.of(Transport.values()).map(transport -> Arguments.of(mechanism, transport)));
    }

    private static Pop3Server tokenServer() throws IOException {
        return Pop3Server.builder(FileDirectory.builder(site.directory()).build(), MaildirStore.under(site.mail()))
                .domains(DomainResolver.addressTable(Map.of()))
                .tokenVerifier(token -> token.value().equals(TOKEN)
                        ? new TokenResult.Valid(MailClient.HASHED + "@a.example")
                        : TokenResult.Invalid.of("not ours"))
                .options(Pop3Options.defaults()
                        .withFailureDelay(Duration.ofMillis(10))
                        .withSaslMechanisms(EnumSet.allOf(SaslMechanism.class)))
                .tls(TlsContext.builder().certificate(certificate, key).build())
                .listen(new InetSocketAddress(Site.A, 0))
                .listenTls(new InetSocketAddress(Site.SECURE, 0))
                .build();
    }

    /** RFC 7301, section 3.2: a client that wants other protocols than ours is told so by an alert. */
    @ParameterizedTest
    @EnumSource(names = {"STLS", "POP3S"})
    void anotherApplicationProtocolIsRefused(Transport transport) throws Exception {
        MailClient.OPENSSL.require();
        MailClient.Session session = session(transport, "user", MailClient.HASHED);
        List<String> imap = new ArrayList<>(ClientPrograms.openssl(session));
        imap.addAll(List.of("-alpn", "imap"));
        List<String> pop3 = new ArrayList<>(ClientPrograms.openssl(session));
        pop3.addAll(List.of("-alpn", "pop3"));

        Programs.Result refused = Programs.run(Programs.builder(imap), new byte[0]);
        Programs.Result accepted = Programs.run(Programs.builder(pop3), Mail.octets("QUIT\r\n"));

        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.errors()).contains("no application protocol");
        assertThat(accepted.successful().output()).contains("+OK");
    }

    /** RFC 1939, section 7: unique-ids tell what was fetched already. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("keepers")
    void whatIsKeptIsFetchedOnce(MailClient client, Transport transport) throws Exception {
        client.require();
        String first = Mail.message("first", "Dear user\r\n");
        String second = Mail.message("second", "Dear user\r\n");
        String user = "once";
        MailClient.Session session = session(transport, "user", user);
        MailClientsIT.deliver(server, user + "@a.example", List.of(first));
        fetchNew(client, session);
        int before = count(session);
        MailClientsIT.deliver(server, user + "@a.example", List.of(second));
        fetchNew(client, session);
        fetchNew(client, session);

        assertThat(count(session)).isEqualTo(before + 1);
        assertThat(Files.readString(session.fetched().resolve(String.valueOf(before + 1)), ISO_8859_1))
                .contains("Subject: second");
    }

    static Stream<Arguments> keepers() {
        return Stream.of(MailClient.FETCHMAIL, MailClient.MPOP)
                .flatMap(client -> client.transports().stream().map(transport -> Arguments.of(client, transport)));
    }

    private static void fetchNew(MailClient client, MailClient.Session session) throws Exception {
        if (client.equals(MailClient.MPOP)) {
            ClientPrograms.mpop(session, "only_new on");
        } else {
            assertThat(ClientPrograms.fetchmail(session, "keep").exitCode())
                    .as("done, or nothing new")
                    .isBetween(0, 1);
        }
    }

    /** getmail takes messages apart, and puts a space behind the name of an empty field. */
    private static String asKeptBy(MailClient client, String message) {
        return client.equals(MailClient.GETMAIL) ? message.replace("\r\nX-Empty:\r\n", "\r\nX-Empty: \r\n") : message;
    }

    private static int count(MailClient.Session session) throws IOException {
        try (Stream<Path> files = Files.list(session.fetched())) {
            return (int) files.count();
        }
    }

    private MailClient.Session session(Transport transport, String login, String user) throws IOException {
        return new MailClient.Session(
                transport,
                server.pop3(transport == Transport.POP3S ? Site.SECURE : Site.A),
                login,
                user,
                Site.PASSWORD_A,
                certificate,
                folder,
                Files.createDirectory(folder.resolve("fetched")));
    }
}
