package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the packaged server does for those who run it, from outside of its process. */
class PackagedServerIT {
    private static final String SMTPLIB = """
            import smtplib, sys
            host, port, recipient = sys.argv[1:]
            with smtplib.LMTP(host, int(port), local_hostname='mta.example') as mta:
                mta.sendmail('ann@far.example', [recipient], sys.stdin.buffer.read())
            """;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    static Path folder;

    private static Site site;
    private static NativePop3 nativeDaemon;
    private static ServerProcess server;

    @BeforeAll
    static void start() throws IOException {
        Loopback.requireAddresses(Site.A, Site.B, Site.SHARED);
        site = Site.create(Files.createDirectory(folder.resolve("shared")), "joe", "ann", "kim", "lee", "max");
        nativeDaemon = new NativePop3();
        server = ServerProcess.start(site.config(Optional.of(nativeDaemon.address())));
    }

    @AfterAll
    static void end() throws IOException {
        if (server != null) {
            server.close();
            nativeDaemon.close();
        }
    }

    @Test
    void theAddressThatAClientConnectsToChoosesAmongUsersOfTheSameName() throws Exception {
        String apples = Mail.message("apples", "Dear Joe of A\r\n");
        String bananas = Mail.message("bananas", "Dear Joe of B\r\n");
        deliver("joe@a.example", apples);
        deliver("joe@b.example", bananas);

        assertThat(fetch("joe@a.example", Site.A, "joe", Site.PASSWORD_A)).containsExactly(apples);
        assertThat(fetch("joe@b.example", Site.B, "joe", Site.PASSWORD_B)).containsExactly(bananas);
        assertThat(fetch("joe@a.example", Site.SHARED, "joe@a.example", Site.PASSWORD_A))
                .containsExactly(apples);
        assertThat(fetch("joe@b.example", Site.SHARED, "joe@b.example", Site.PASSWORD_B))
                .containsExactly(bananas);
    }

    @Test
    void aPasswordOfOneDomainIsNoneOfTheOther() throws IOException {
        try (Pop3 session = new Pop3(server.pop3(Site.B))) {
            assertThat(session.tryLogin("joe", Site.PASSWORD_A)).isFalse();
            assertThat(session.reply()).startsWith("-ERR [AUTH]");
        }
    }

    @Test
    void onTheSharedAddressALoginWithoutADomainIsNobodys() throws IOException {
        try (Pop3 session = new Pop3(server.pop3(Site.SHARED))) {
            assertThat(session.tryLogin("joe", Site.PASSWORD_A)).isFalse();
        }
    }

    @Test
    void everyOtherAddressBelongsToTheNativeDaemon() throws IOException {
        try (Pop3 session = new Pop3(server.pop3(Site.MAIN))) {
            assertThat(session.reply().strip()).isEqualTo(NativePop3.GREETING);

            session.send("USER joe@a.example");
            assertThat(session.reply().strip())
                    .as("even what vmail would understand is not for vmail")
                    .isEqualTo("+OK native daemon heard USER joe@a.example");
        }
    }

    @Test
    void difficultMessagesComeOutAsTheyWentIn() throws Exception {
        Collection<String> messages = Mail.difficult().values();
        for (String message : messages) {
            deliver("ann@a.example", message);
        }

        try (Pop3 session = Pop3.login(server.pop3(Site.A), "ann", Site.PASSWORD_A)) {
            List<String> received = session.retrieveAll();
            assertThat(received)
                    .extracting(message -> Mail.withoutTrace("ann@a.example", message))
                    .containsExactlyElementsOf(messages);
            assertThat(session.sizes())
                    .as("RFC 1939, section 11: CRLF counts two, a stuffed dot does not count")
                    .isEqualTo(received.stream().map(String::length).toList());
            session.quit();
        }
    }

    @Test
    void aHashThatThePasswordCommandMakesCountsOnceItStandsInTheShadowFile() throws Exception {
        List<String> command = PackagedJar.command("password", "--stdin");
        String hash = Programs.run(Programs.builder(command), Mail.octets("cherry tart\n"))
                .successful()
                .output()
                .strip();

        site.add("eve", "b.example", hash);

        await().atMost(LIMIT).untilAsserted(() -> {
            try (Pop3 session = new Pop3(server.pop3(Site.B))) {
                assertThat(session.tryLogin("eve", "cherry tart")).isTrue();
            }
        });
        try (Pop3 session = new Pop3(server.pop3(Site.B))) {
            assertThat(session.tryLogin("eve", "cherry pie")).isFalse();
        }
    }

    @Test
    void theLogTellsWhatASessionDidAndNoSecret() throws Exception {
        String hash = Site.hash("never used");
        // Too few fields: a line that is reported must not be repeated, as it may hold a hash.
        Files.writeString(site.shadow("b.example"), "broken:" + hash + ":20000\n", StandardOpenOption.APPEND);
        deliver("kim@a.example", Mail.message("log", "Dear Kim\r\n"));
        try (Pop3 session = new Pop3(server.pop3(Site.SHARED))) {
            session.tryLogin("kim@a.example", "wrong secret");
            assertThat(session.tryLogin("kim@a.example", Site.PASSWORD_A)).isTrue();
            session.retrieve(1);
            session.delete(1);
            session.quit();
        }

        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(server.log().lines().filter(line -> line.contains("Session ended")))
                        .anySatisfy(line -> assertThat(line)
                                .contains("target=" + Site.SHARED + ":", "account=kim@a.example", "rule=[")
                                .contains("messages=1 retrieved=1 removed=1 in=", "end=[quit]")));
        await().atMost(LIMIT).untilAsserted(() -> {
            Pop3.fetch(server.pop3(Site.B), "max", Site.PASSWORD_B); // makes the server look at the file
            assertThat(server.log()).contains("shadow.b.example:");
        });
        assertThat(server.log())
                .contains("login=\"kim@a.example\"")
                .doesNotContain("wrong secret", Site.PASSWORD_A, Site.PASSWORD_B, hash, "$2b$");
    }

    @Test
    void sigtermEndsSessionsAndRemovesNothing() throws Exception {
        Site own = Site.create(Files.createDirectory(folder.resolve("terminated")), "joe");
        String message = Mail.message("kept", "Dear Joe\r\n");
        Path config = own.config(Optional.of(nativeDaemon.address()));
        // A chained session is left alone for this long, as vmail cannot tell what is being carried out there.
        Files.writeString(config, Files.readString(config).replace("[pop3]", "[pop3]\ndrain-timeout = \"100ms\""));
        try (ServerProcess mine = ServerProcess.start(config)) {
            try (Lmtp mta = new Lmtp(mine.lmtp());
                    Pop3 chained = new Pop3(mine.pop3(Site.MAIN));
                    Pop3 session = loginAfter(mta, message, mine)) {
                assertThat(chained.reply().strip()).isEqualTo(NativePop3.GREETING);
                session.delete(1);

                assertThat(mine.terminate()).isEqualTo(ServerProcess.TERMINATED);
                assertThat(mta.read()).as("RFC 5321, section 3.8").startsWith("421 4.3.2 ");
                assertThat(mta.read()).isNull();
                assertThat(mine.log())
                        .contains("account=joe@a.example", "removed=0")
                        .doesNotContain("Exception");
            }
        }
        try (ServerProcess again = ServerProcess.start(own.config(Optional.empty()))) {
            assertThat(fetch(again, "joe@a.example", Site.A, "joe", Site.PASSWORD_A))
                    .containsExactly(message);
        }
    }

    @Test
    void whatWasAnsweredWith250SurvivesAKill() throws Exception {
        Site own = Site.create(Files.createDirectory(folder.resolve("killed")), "joe");
        List<String> answered = new ArrayList<>();
        try (ServerProcess mine = ServerProcess.start(own.config(Optional.empty()));
                Lmtp mta = new Lmtp(mine.lmtp())) {
            for (int i = 0; i < 20; i++) {
                String message = Mail.message("number " + i, "Dear Joe\r\n".repeat(i * i));
                mta.deliver("joe@a.example", Mail.octets(message));
                answered.add(message);
            }
            mta.begin("joe@a.example", Mail.octets(Mail.message("half", "Dear")));
            mine.kill();
        }
        try (ServerProcess again = ServerProcess.start(own.config(Optional.empty()))) {
            assertThat(fetch(again, "joe@a.example", Site.A, "joe", Site.PASSWORD_A))
                    .containsExactlyElementsOf(answered);
        }
    }

    private static Pop3 loginAfter(Lmtp mta, String message, ServerProcess mine) throws IOException {
        mta.deliver("joe@a.example", Mail.octets(message));
        return Pop3.login(mine.pop3(Site.A), "joe", Site.PASSWORD_A);
    }

    /** With a client that others wrote, where there is one. */
    private static void deliver(String recipient, String message) throws IOException, InterruptedException {
        if (Programs.isInstalled("python3")) {
            List<String> python = List.of(
                    "python3",
                    "-c",
                    SMTPLIB,
                    server.lmtp().getHostString(),
                    String.valueOf(server.lmtp().getPort()),
                    recipient);
            Programs.run(Programs.builder(python), Mail.octets(message)).successful();
        } else {
            try (Lmtp mta = new Lmtp(server.lmtp())) {
                mta.deliver(recipient, Mail.octets(message));
            }
        }
    }

    private static List<String> fetch(String mailbox, String address, String login, String password)
            throws IOException {
        return fetch(server, mailbox, address, login, password);
    }

    private static List<String> fetch(ServerProcess from, String mailbox, String address, String login, String password)
            throws IOException {
        return Pop3.fetch(from.pop3(address), login, password).stream()
                .map(message -> Mail.withoutTrace(mailbox, message))
                .toList();
    }
}
