package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** A Dovecot with a configuration of its own, on loopback ports, over the mail folder of a site. It wants root. */
final class Dovecot implements AutoCloseable {
    static final String PASSWORD = "cherry";

    private static final String HOST = "127.0.0.9";
    private static final String DELIVERY_AGENT = "/usr/lib/dovecot/dovecot-lda";
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Path folder;
    private final Path mail;
    private final InetSocketAddress pop3;
    private final InetSocketAddress imap;
    private final InetSocketAddress proxied;
    private Process process;

    private Dovecot(Path folder, Path mail) throws IOException {
        this.folder = folder;
        this.mail = mail;
        this.pop3 = new InetSocketAddress(HOST, Loopback.freePort(HOST));
        this.imap = new InetSocketAddress(HOST, Loopback.freePort(HOST));
        this.proxied = new InetSocketAddress(HOST, Loopback.freePort(HOST));
    }

    static void require() {
        Programs.require("dovecot");
        for (String program : List.of(DELIVERY_AGENT, "/usr/lib/dovecot/pop3", "/usr/lib/dovecot/imap")) {
            Programs.require(Files.isExecutable(Path.of(program)), program + " is not installed");
        }
        Programs.require("root".equals(System.getProperty("user.name")), "Dovecot wants to be started by root");
        Loopback.requireAddresses(HOST);
    }

    /**
     * Starts it.
     *
     * @param folder an empty one, which its unprivileged processes can reach
     * @param accounts addresses that have a mailbox
     */
    static Dovecot start(Path folder, Path mail, String... accounts) throws IOException {
        return start(folder, mail, List.of(), accounts);
    }

    /**
     * Starts it with more settings, which replace those that it has anyway.
     *
     * @param settings lines of its configuration
     */
    static Dovecot start(Path folder, Path mail, List<String> settings, String... accounts) throws IOException {
        Dovecot dovecot = new Dovecot(folder, mail);
        StringBuilder users = new StringBuilder();
        for (String account : accounts) {
            users.append(account).append(":{PLAIN}").append(PASSWORD).append('\n');
        }
        Files.writeString(folder.resolve("users"), users);
        Files.writeString(
                dovecot.config(),
                """
                protocols = pop3 imap
                base_dir = %1$s/run
                state_dir = %1$s/state
                log_path = %1$s/log
                listen = %3$s
                ssl = no
                disable_plaintext_auth = no
                auth_mechanisms = plain login
                auth_failure_delay = 0 secs
                mail_location = maildir:%2$s/%%d/%%n
                mail_uid = nobody
                mail_gid = nogroup
                first_valid_uid = 1
                passdb {
                  driver = passwd-file
                  args = %1$s/users
                }
                userdb {
                  driver = static
                  args = uid=nobody gid=nogroup home=%1$s/home/%%d/%%n
                }
                service anvil {
                  unix_listener anvil-auth-penalty {
                    mode = 0
                  }
                }
                service pop3-login {
                  inet_listener pop3 {
                    port = %4$d
                  }
                  inet_listener proxied {
                    port = %6$d
                    haproxy = yes
                  }
                }
                haproxy_trusted_networks = 127.0.0.0/8
                service imap-login {
                  inet_listener imap {
                    port = %5$d
                  }
                }
                """.formatted(
                                        folder,
                                        mail,
                                        HOST,
                                        dovecot.pop3.getPort(),
                                        dovecot.imap.getPort(),
                                        dovecot.proxied.getPort())
                        + String.join("\n", settings)
                        + "\n");
        dovecot.ownMail();
        dovecot.start();
        return dovecot;
    }

    void start() throws IOException {
        process = Programs.builder(List.of("dovecot", "-F", "-c", config().toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        await().atMost(LIMIT).until(() -> answers(pop3) && answers(imap));
    }

    void stop() {
        process.destroy();
        process.onExit().join();
    }

    /** SIGKILL for all of its processes: those that are left would still listen. */
    void kill() {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        for (ProcessHandle each : all) {
            each.destroyForcibly();
            each.onExit().join();
        }
    }

    /** Begins a new log: that it was ended is a complaint in the old one. */
    void forget() throws IOException {
        Files.delete(folder.resolve("log"));
    }

    InetSocketAddress pop3() {
        return pop3;
    }

    InetSocketAddress imap() {
        return imap;
    }

    /** Where it wants a PROXY header before POP3. */
    InetSocketAddress proxied() {
        return proxied;
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("log"), UTF_8);
    }

    /** Gives all mailboxes to the user that Dovecot reads them as; vmail, here being root, still reaches them. */
    void ownMail() throws IOException {
        UserPrincipal nobody =
                mail.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
        try (Stream<Path> all = Files.walk(mail)) {
            for (Path path : all.toList()) {
                Files.setOwner(path, nobody);
            }
        }
        Files.setPosixFilePermissions(mail, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Delivers with Dovecot's own delivery agent. */
    void deliver(String account, String message) throws IOException, InterruptedException {
        List<String> agent = List.of(DELIVERY_AGENT, "-c", config().toString(), "-d", account);
        Programs.run(Programs.builder(agent), Mail.octets(message)).successful();
    }

    /** What it has logged of a kind of event. */
    List<String> logged(String event) throws IOException {
        try (Stream<String> lines = Files.lines(folder.resolve("log"), UTF_8)) {
            return lines.filter(line -> line.contains(event)).toList();
        }
    }

    /** Everything but information in the log is a complaint. */
    void assertContent() throws IOException {
        assertThat(Files.readString(folder.resolve("log"), UTF_8).lines())
                .isNotEmpty()
                .allMatch(line -> line.contains(" Info: "));
    }

    @Override
    public void close() {
        stop();
    }

    private Path config() {
        return folder.resolve("dovecot.conf");
    }

    private boolean answers(InetSocketAddress address) {
        assertThat(process.isAlive()).as("Dovecot runs").isTrue();
        try (Socket socket = new Socket(address.getAddress(), address.getPort());
                InputStream in = socket.getInputStream()) {
            return in.read() > 0;
        } catch (IOException notYet) {
            return false;
        }
    }
}
