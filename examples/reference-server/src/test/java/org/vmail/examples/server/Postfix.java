package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Postfix from Debian's package, installed or unpacked, with queue and configuration of its own. */
final class Postfix implements Mta {
    private static final Path ROOT = Path.of(System.getProperty("vmail.postfix", "/"));
    private static final Path LIBRARIES = ROOT.resolve("usr/lib/postfix");

    private final Path folder;
    private final int port;

    private Postfix(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    static void require() {
        Programs.require(
                Files.isExecutable(ROOT.resolve("usr/sbin/postfix")) && "root".equals(System.getProperty("user.name")),
                "postfix is missing, -Dvmail.postfix names the folder where its package is unpacked; or this is not root");
    }

    /** The socket that its chroot can see. */
    static Path socket(Path folder) {
        return folder.resolve("queue/vmail/lmtp");
    }

    /**
     * Starts it.
     *
     * @param main what is appended to main.cf
     * @param master what is appended to master.cf
     */
    static Postfix start(Path folder, String main, String master) throws IOException, InterruptedException {
        Postfix postfix = new Postfix(folder, Mta.freePort());
        Files.createDirectories(folder.resolve("queue"));
        Files.createDirectory(folder.resolve("conf"));
        Path data = Files.createDirectory(folder.resolve("data"));
        Files.setOwner(
                data, data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postfix"));
        Files.writeString(folder.resolve("conf/main.cf"), postfix.base() + main);
        Files.writeString(folder.resolve("conf/master.cf"), postfix.services() + master);
        Files.copy(ROOT.resolve("etc/postfix/postfix-files"), folder.resolve("conf/postfix-files"));
        Programs.Result started = postfix.run("postfix", "start");
        assertThat(started.exitCode())
                .as("%s%s", started.errors(), postfix.complaints())
                .isZero();
        return postfix;
    }

    private String base() {
        return """
                compatibility_level = 3.6
                queue_directory = %1$s/queue
                data_directory = %1$s/data
                meta_directory = %1$s/conf
                command_directory = %2$s/usr/sbin
                daemon_directory = %2$s/usr/lib/postfix/sbin
                shlib_directory = %2$s/usr/lib/postfix
                import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH=%2$s/usr/lib/postfix
                myhostname = mx.example
                mydestination =
                alias_maps =
                alias_database =
                inet_interfaces = 127.0.0.1
                inet_protocols = ipv4
                disable_dns_lookups = yes
                smtpd_peername_lookup = no
                maillog_file = %1$s/log
                maillog_file_prefixes = %1$s
                """.formatted(folder, ROOT);
    }

    /** As Debian has them, chroots and all, less what nobody needs here. */
    private String services() throws IOException {
        StringBuilder services = new StringBuilder();
        boolean wanted = true;
        for (String line : Files.readAllLines(ROOT.resolve("usr/share/postfix/master.cf.dist"))) {
            if (!line.startsWith(" ")) {
                wanted = !line.startsWith("#") && !line.contains(" pipe");
            }
            if (wanted) {
                services.append(line.replaceFirst("^smtp +inet", "127.0.0.1:" + port + " inet"))
                        .append('\n');
            }
        }
        return services.toString();
    }

    private Programs.Result run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(ROOT.resolve("usr/sbin").resolve(program).toString(), "-c", folder + "/conf"));
        command.addAll(List.of(arguments));
        return Mta.run(LIBRARIES, command);
    }

    @Override
    public InetSocketAddress address() {
        return Mta.loopback(port);
    }

    @Override
    public String complaints() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    @Override
    public boolean isQueueEmpty() throws IOException, InterruptedException {
        return run("postqueue", "-p").successful().output().contains("Mail queue is empty");
    }

    @Override
    public void flush() throws IOException, InterruptedException {
        run("postqueue", "-f").successful();
    }

    @Override
    public void stop() throws IOException, InterruptedException {
        run("postfix", "stop").successful();
    }
}
