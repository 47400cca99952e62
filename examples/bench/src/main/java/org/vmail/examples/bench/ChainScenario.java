package org.vmail.examples.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Sessions through servers that hand them on to one and the same POP3 server, whose own processor time does not count.
 *
 * @param name its name
 * @param what for the table
 * @param work what a session does
 * @param late whether the login is read before the session is handed on
 */
record ChainScenario(String name, String what, SessionScenario.Work work, boolean late) implements Scenario {
    static List<Scenario> all() {
        return List.of(
                new ChainScenario("relay-poll", "relay: poll", SessionScenario.Work.POLL, false),
                new ChainScenario(
                        "relay-retr", "relay: RETR, 16 in flight", SessionScenario.Work.RETR_PIPELINED, false),
                new ChainScenario("late-poll", "login passed on: poll", SessionScenario.Work.POLL, true),
                new ChainScenario(
                        "late-retr", "login passed on: RETR, 16 in flight", SessionScenario.Work.RETR_PIPELINED, true));
    }

    /** What to compare with has to be installed, too. */
    @Override
    public boolean isUsual() {
        return false;
    }

    @Override
    public void measure(Lab lab, Report report) throws IOException, InterruptedException {
        int count = work == SessionScenario.Work.POLL
                ? lab.scale().users()
                : lab.scale().readers();
        List<String> users =
                IntStream.range(0, count).mapToObj("u%04d"::formatted).toList();
        Mailboxes mailboxes = new Mailboxes(
                users, lab.scale().messages(), work.meanOctets(), lab.plan().clients());
        Path home = Site.folder(lab.folder(), name);
        ServerSetup last = lab.vmails()
                .get(0)
                .prepare(new Site(Site.Scheme.PLAIN, users, Optional.empty()), Site.folder(home, "last"));
        mailboxes.write(last.mail());
        try (Server server = Server.start(last);
                LoginServers logins = new LoginServers(server.pop3());
                Lab.Servers servers = Lab.start(setups(lab, home, server.pop3(), logins));
                Load load = new Load(lab.plan().clients())) {
            report.add(work.figures(
                    what, lab.plan(), report, servers, load, mailboxes, Connector.plain(), Optional.empty()));
        }
    }

    private List<ServerSetup> setups(Lab lab, Path home, InetSocketAddress last, LoginServers logins)
            throws IOException {
        List<ServerSetup> setups = new ArrayList<>();
        if (lab.dovecot().isPresent()) {
            for (Proxy proxy : late ? List.of(Proxy.NGINX, Proxy.PERDITION) : List.of(Proxy.HAPROXY)) {
                if (proxy.isInstalled()) {
                    setups.add(proxy.prepare(Site.folder(home, proxy.program()), last, logins));
                }
            }
        }
        for (Vmail vmail : lab.vmails()) {
            setups.add(vmail(vmail, Site.folder(home, "vmail-" + setups.size()), last));
        }
        return setups;
    }

    /** It hosts a domain that nobody asks for. */
    private ServerSetup vmail(Vmail vmail, Path folder, InetSocketAddress last) throws IOException {
        Path directory = Site.folder(folder, "directory");
        Path ignored = Files.createFile(directory.resolve("passwd.other.example"));
        ServerSetup.Ports ports = ServerSetup.Ports.free();
        String text =
                """
                directory = "%s"
                mail = "%s"
                [pop3]
                listen = ["127.0.0.1:%d"]
                max-connections = 20000
                max-connections-per-client = 20000
                max-half-open-connections = 20000
                [domain-choice.reverse-lookup]
                enabled = false
                """.formatted(directory, Site.mailFolder(folder), ports.pop3().getPort());
        text += late ? """
                [domain-choice]
                shared = ["127.0.0.1"]
                [late-chain]
                main-domain = "%s"
                server = "127.0.0.1:%d"
                """.formatted(Site.DOMAIN, last.getPort()) : """
                [native-daemon]
                tcp = "127.0.0.1:%d"
                """.formatted(last.getPort());
        return vmail.prepare(folder, text, ports);
    }
}
