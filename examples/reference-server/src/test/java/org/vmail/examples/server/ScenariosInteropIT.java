package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.dns.internal.FakeDns;
import org.vmail.net.TestCertificate;

/** The pages of {@code docs/scenarios} among the programs that they speak of, with the files that they show for these. */
@Tag("interop")
class ScenariosInteropIT {
    @TempDir
    Path folder;

    private Site files;

    @BeforeEach
    void prepare() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        files = ScenarioSite.site(folder);
    }

    /** Passwords in clear text are refused by Dovecot unless it is told otherwise; one page says that it is. XCLIENT does not tell the target. */
    @ParameterizedTest
    @CsvSource({"one-ip-per-domain, no, 192.0.2.1", "one-ip-for-everything, yes, 127.0.0.1"})
    void dovecotIsTheMainServer(String name, String onlyTls, String target) throws Exception {
        Dovecot.require();
        Scenario scenario = new Scenario(name);
        int port = Loopback.freePort("127.0.0.1");
        List<String> settings = new ArrayList<>(List.of("disable_plaintext_auth = " + onlyTls));
        settings.addAll(Files.readString(scenario.file("dovecot.conf"))
                .replace("    port = 0\n", "") // where the test looks whether Dovecot has begun
                .replace("port = 1110", "port = " + port)
                .lines()
                .toList());
        try (Dovecot dovecot =
                        Dovecot.start(Files.createDirectory(folder.resolve("dovecot")), files.mail(), settings, "joe");
                FakeDns dns = FakeDns.answering(ScenariosIT::reverseZone)) {
            for (int i = 1; i <= 3; i++) {
                dovecot.deliver("joe", Mail.message(String.valueOf(i), "Dear Joe\r\n"));
            }
            Map<String, String> others =
                    Map.of(ScenariosIT.MAIN_SERVER, "127.0.0.1:" + port, "192.0.2.53", ScenariosIT.text(dns.address()));
            try (ScenarioSite site = ScenarioSite.start(files, scenario.toml(), others)) {
                ScenariosIT.perform(scenario, scenario.blocks("pop3"), site);
                assertThat(dovecot.logged("Login: user=<joe>"))
                        .isNotEmpty()
                        .allSatisfy(line ->
                                assertThat(line).contains(site.translate("rip=203.0.113.7, lip=" + target + ",")));

                dovecot.stop();
                ScenariosIT.perform(scenario, scenario.blocks("pop3-without-main-server"), site);
            }
        }
    }

    /** Why the page does not say that it can be a process of vmail's. */
    @Test
    void dovecotWithoutItsMasterAsksForNoPassword() throws Exception {
        Dovecot.require();
        Path mail = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(mail, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path config = Files.writeString(folder.resolve("open.conf"), """
                protocols = pop3
                base_dir = %1$s/run
                log_path = /dev/stderr
                ssl = no
                mail_location = maildir:%1$s/mail
                mail_uid = nobody
                mail_gid = nogroup
                first_valid_uid = 1
                """.formatted(mail));
        ProcessBuilder pop3 = Programs.builder(List.of("/usr/lib/dovecot/pop3", "-c", config.toString()));
        pop3.environment().put("USER", "nobody");
        pop3.environment().put("HOME", mail.toString());

        String said = Programs.run(pop3, Mail.octets("USER nobody\r\nSTAT\r\nQUIT\r\n"))
                .successful()
                .output();

        assertThat(said).contains("-ERR Unknown command: USER", "+OK 0 0");
    }

    @Test
    void haproxyIsInFront() throws Exception {
        Programs.require("haproxy");
        Scenario scenario = new Scenario("behind-haproxy");
        Map<String, String> ends = new HashMap<>();
        for (String end : List.of("192.0.2.10:110", "192.0.2.20:110", "192.0.2.10:995", "192.0.2.20:995")) {
            String host = "127.0.2" + end.substring("192.0.2".length(), end.indexOf(':'));
            ends.put(end, host + ":" + Loopback.freePort(host));
        }
        Path certificates = Files.createDirectory(folder.resolve("certificates"));
        for (String domain : List.of("a", "b")) {
            TestCertificate both = TestCertificate.ec("mail." + domain + ".example");
            Files.writeString(certificates.resolve(domain + ".pem"), both.chainPem() + both.keyPem());
        }
        try (ScenarioSite site = ScenarioSite.start(files, scenario.toml(), ends)) {
            String config = site.translate(Files.readString(scenario.file("haproxy.cfg")))
                    .replace("/etc/haproxy/certificates", certificates.toString());
            try (Haproxy haproxy = Haproxy.run(folder, config, 1)) {
                List<Scenario.Block> sessions = scenario.blocks("pop3").stream()
                        .filter(ShownSession::usesTls)
                        .filter(session -> !session.text().contains("192.0.2.99"))
                        .toList();
                assertThat(sessions).hasSize(2);
                ScenariosIT.perform(scenario, sessions, site);
                assertThat(haproxy.log()).contains("succeeded").doesNotContain("failed");
            }
            assertThat(site.server().log().lines())
                    .as("health checks are not in the log")
                    .noneMatch(line -> line.contains("client=127.0.0.1:") || line.contains(" WARN "));
        }
    }

    @Test
    void curlAsksForTheServerOfADomain() throws Exception {
        Programs.require("curl");
        Scenario scenario = new Scenario("server-names");
        try (ScenarioSite site = ScenarioSite.start(files, scenario.toml(), Map.of())) {
            List<String> command = new ArrayList<>(
                    List.of(scenario.blocks("sh").get(0).lines().get(0).split(" ")));
            command.addAll(
                    1,
                    List.of(
                            "-sS",
                            "--cacert",
                            files.directory().resolve("b.example.crt").toString(),
                            "--connect-to",
                            "mail.b.example:995:" + site.translate("192.0.2.10:995")));
            assertThat(Programs.run(command).successful().output().lines()).hasSize(2);
        }
    }

    /** With the users of this system, and the hash that it makes of a password: on Debian 12 by yescrypt. */
    @Test
    void theUsersAreThoseOfThisSystem() throws Exception {
        Programs.require("useradd", "userdel", "chpasswd");
        Programs.require(Files.isExecutable(Path.of("/usr/sbin/unix_chkpwd")), "unix_chkpwd is not installed");
        Scenario scenario = new Scenario("replacing-the-native-daemon");
        String user = "vmailsc" + ProcessHandle.current().pid();
        Path mailbox = Path.of("/var/mail", user);
        Programs.run("useradd", "--no-create-home", user).successful();
        try {
            Programs.run(Programs.builder(List.of("chpasswd")), (user + ":" + Dovecot.PASSWORD + "\n").getBytes(UTF_8))
                    .successful();
            Files.writeString(mailbox, ScenariosIT.mbox(3));
            Programs.run("chown", user + ":mail", mailbox.toString()).successful();
            Map<String, String> paths = Map.of(
                    "/var/lib/vmail/spool",
                    Files.createDirectory(folder.resolve("own")).toString());
            try (ScenarioSite site = ScenarioSite.start(files, scenario.toml(), paths)) {
                for (Scenario.Block session : scenario.blocks("pop3")) {
                    List<String> lines = session.lines().stream()
                            .map(line -> line.equals("C: USER joe") ? "C: USER " + user : line)
                            .toList();
                    ScenariosIT.hold(new Scenario.Block("pop3", lines), site);
                }
                site.awaitLog(
                        List.of("account=" + user + "@main.example rule=[default domain, as the login has none; "));
            }
        } finally {
            Programs.run("userdel", user);
            Files.deleteIfExists(mailbox);
        }
    }
}
