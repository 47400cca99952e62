package org.vmail.examples.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Debian's programs that hand POP3 sessions on. */
enum Proxy {
    /** Copies octets, and knows nothing of POP3. */
    HAPROXY("HAProxy", "haproxy") {
        @Override
        List<String> configure(Path folder, ServerSetup.Ports ports, InetSocketAddress last, LoginServers logins)
                throws IOException {
            Path config = Files.writeString(
                    folder.resolve("haproxy.cfg"), """
                    global
                        maxconn 4000
                    defaults
                        mode tcp
                        timeout connect 10s
                        timeout client 10m
                        timeout server 10m
                    listen pop3
                        bind 127.0.0.1:%d
                        server last 127.0.0.1:%d
                    """.formatted(ports.pop3().getPort(), last.getPort()));
            return List.of("haproxy", "-db", "-f", config.toString());
        }
    },
    /** Asks over HTTP where a login belongs. */
    NGINX("nginx", "nginx") {
        @Override
        List<String> configure(Path folder, ServerSetup.Ports ports, InetSocketAddress last, LoginServers logins)
                throws IOException {
            Path config = Files.writeString(folder.resolve("nginx.conf"), """
                    load_module /usr/lib/nginx/modules/ngx_mail_module.so;
                    daemon off;
                    user root;
                    pid %1$s/pid;
                    error_log %1$s/log;
                    worker_processes auto;
                    events {
                        worker_connections 4000;
                    }
                    mail {
                        auth_http 127.0.0.1:%2$d/;
                        pop3_auth plain;
                        pop3_capabilities TOP USER UIDL;
                        server {
                            listen 127.0.0.1:%3$d;
                            protocol pop3;
                            proxy on;
                        }
                    }
                    """.formatted(
                            folder, logins.port(), ports.pop3().getPort()));
            return List.of("nginx", "-e", folder.resolve("log").toString(), "-c", config.toString());
        }
    },
    /** A process for each connection. */
    PERDITION("Perdition", "perdition") {
        @Override
        List<String> configure(Path folder, ServerSetup.Ports ports, InetSocketAddress last, LoginServers logins) {
            return List.of(
                    "perdition.pop3",
                    "--no_daemon",
                    "--config_file",
                    "/dev/null",
                    "--protocol",
                    "POP3",
                    "--bind_address",
                    "127.0.0.1",
                    "--listen_port",
                    Integer.toString(ports.pop3().getPort()),
                    "--outgoing_server",
                    "127.0.0.1:" + last.getPort(),
                    "--map_library",
                    "",
                    "--no_lookup",
                    "--connection_limit",
                    "0",
                    "--pid_file",
                    folder.resolve("pid").toString(),
                    "--log_facility",
                    folder.resolve("log").toString());
        }
    };

    private final String label;
    private final String program;

    Proxy(String label, String program) {
        this.label = label;
        this.program = program;
    }

    String program() {
        return program;
    }

    boolean isInstalled() {
        return Programs.isInstalled(program);
    }

    ServerSetup prepare(Path folder, InetSocketAddress last, LoginServers logins) throws IOException {
        ServerSetup.Ports ports = ServerSetup.Ports.free();
        return new ServerSetup(
                label, folder, configure(folder, ports, last, logins), ports, Optional.empty(), Optional.empty());
    }

    abstract List<String> configure(Path folder, ServerSetup.Ports ports, InetSocketAddress last, LoginServers logins)
            throws IOException;
}
