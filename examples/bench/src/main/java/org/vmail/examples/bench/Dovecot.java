package org.vmail.examples.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Debian's Dovecot, tuned for many short POP3 sessions. It wants to be started by root.
 *
 * @param programs the folder of its programs pop3 and pop3-login
 */
record Dovecot(Path programs) {
    static final String NAME = "Dovecot";

    private static final String MAIL_OWNER = "nobody";

    boolean isInstalled() {
        return Programs.isInstalled("dovecot")
                && Files.isExecutable(programs.resolve("pop3"))
                && "root".equals(System.getProperty("user.name"));
    }

    static String version() throws IOException, InterruptedException {
        return Programs.run(List.of("dovecot", "--version")).trim();
    }

    ServerSetup prepare(Site site, Path folder) throws IOException {
        Path mail = Site.mailFolder(folder);
        StringBuilder users = new StringBuilder();
        for (String user : site.users()) {
            users.append(Site.login(user))
                    .append(':')
                    .append(site.scheme().storedForDovecot())
                    .append('\n');
        }
        Files.writeString(folder.resolve("users"), users);
        ServerSetup.Ports ports = ServerSetup.Ports.free();
        String tls = site.certificate()
                .map(certificate ->
                        "ssl = yes\nssl_cert = <%s\nssl_key = <%s\n".formatted(certificate.chain(), certificate.key()))
                .orElse("ssl = no\n");
        int tlsPort = site.certificate().isPresent() ? ports.pop3s().getPort() : 0;
        Path config = Files.writeString(folder.resolve("dovecot.conf"), """
                protocols = %8$s
                base_dir = %1$s/run
                state_dir = %1$s/state
                log_path = %1$s/log
                listen = 127.0.0.1
                disable_plaintext_auth = no
                %2$s
                mail_location = maildir:%3$s/%%d/%%n
                mail_uid = %6$s
                mail_gid = nogroup
                first_valid_uid = 1
                mail_max_userip_connections = 0
                mail_fsync = optimized
                maildir_very_dirty_syncs = yes
                pop3_no_flag_updates = yes
                pop3_fast_size_lookups = yes
                auth_cache_size = 64M
                auth_cache_ttl = 1 hour
                passdb {
                  driver = passwd-file
                  args = %1$s/users
                }
                userdb {
                  driver = static
                  args = uid=%6$s gid=nogroup home=%1$s/home/%%d/%%n
                }
                service pop3-login {
                  executable = %7$s/pop3-login
                  service_count = 0
                  process_min_avail = 2
                  process_limit = 2
                  client_limit = 5000
                  inet_listener pop3 {
                    port = %4$d
                  }
                  inet_listener pop3s {
                    port = %5$d
                  }
                }
                service pop3 {
                  executable = %7$s/pop3
                  service_count = 1000
                  process_min_avail = 4
                  process_limit = 6000
                }
                service auth {
                  client_limit = 20000
                }
                %9$s
                service anvil {
                  client_limit = 20000
                }
                """.formatted(
                        folder,
                        tls,
                        mail,
                        ports.pop3().getPort(),
                        tlsPort,
                        MAIL_OWNER,
                        programs,
                        delivers() ? "pop3 lmtp" : "pop3",
                        delivers() ? lmtp(ports) : ""));
        List<String> command = List.of("dovecot", "-F", "-c", config.toString());
        return new ServerSetup(NAME, folder, command, ports, Optional.of(MAIL_OWNER), Optional.empty());
    }

    boolean delivers() {
        return Files.isExecutable(programs.resolve("lmtp"));
    }

    private String lmtp(ServerSetup.Ports ports) {
        return """
                service lmtp {
                  executable = %s/lmtp
                  process_min_avail = 4
                  process_limit = 100
                  inet_listener lmtp {
                    address = 127.0.0.1
                    port = %d
                  }
                }
                """.formatted(programs, ports.lmtp().getPort());
    }
}
