package org.vmail.examples.server;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.vmail.domain.ReverseAnswer;
import org.vmail.domain.ReverseLookup;
import org.vmail.pop3.Pop3Server;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows, with real servers and real conversations, what vmail is for. */
@Command(
        name = "demo",
        description = "Hosts two domains on this machine, delivers mail to them and fetches it, and shows how.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final int FIRST_PORT = 11110;
    private static final int LAST_PORT = 11119;
    /** The demo brings its own answers, so that nobody has to change the DNS or /etc/hosts for it. */
    private static final Map<String, String> NAMES =
            Map.of("127.0.0.1", "main.example", "127.0.0.2", "mail.a.example", "127.0.0.3", "mail.b.example");

    private static final ReverseLookup REVERSE_LOOKUP = address -> {
        String name = NAMES.get(address.getHostAddress());
        return name == null ? ReverseAnswer.of() : ReverseAnswer.of(name);
    };

    @Option(names = "--once", description = "end after the show instead of serving on")
    private boolean once;

    private final List<Runnable> running = new CopyOnWriteArrayList<>();

    @Override
    public Integer call() throws IOException, SettingsException {
        // The conversation is the show; the log would stand in the middle of it.
        System.setProperty("vmail.log.level", "WARN");
        DemoSite site = DemoSite.create();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            running.forEach(Runnable::run);
            site.delete();
        }));
        Pop3Server nativeDaemon = DemoSite.nativeDaemon();
        nativeDaemon.start();
        running.add(nativeDaemon::close);
        ReferenceServer server = start(site, nativeDaemon.boundAddress());
        running.add(server::close);
        int port = server.pop3Addresses().get(0).getPort();
        show(server.lmtpAddresses().get(0), port);
        if (once) {
            return Sysexits.OK;
        }
        System.out.println(hints(site, server.lmtpAddresses().get(0), port));
        return ServeCommand.SERVING;
    }

    private static ReferenceServer start(DemoSite site, InetSocketAddress nativeDaemon)
            throws IOException, SettingsException {
        for (String address : List.of("127.0.0.2", "127.0.0.3", "127.0.0.4")) {
            requireLocal(address);
        }
        IOException last = new IOException("no port was tried");
        for (int port = FIRST_PORT; port <= LAST_PORT; port++) {
            try {
                return ReferenceServer.start(SettingsFile.read(site.config(port, nativeDaemon)), REVERSE_LOOKUP);
            } catch (IOException inUse) {
                last = inUse;
            }
        }
        throw last;
    }

    private static void requireLocal(String address) throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            probe.setReuseAddress(true);
        } catch (IOException e) {
            throw new IOException(
                    "This system has no address " + address + ", which the demo listens on. On macOS say:"
                            + " sudo ifconfig lo0 alias " + address
                            + " (and the same for 127.0.0.2, 127.0.0.3 and 127.0.0.4)",
                    e);
        }
    }

    private static void show(InetSocketAddress lmtp, int port) throws IOException {
        System.out.println("""
                vmail hosts two domains on this machine. Both have a user joe.

                  target IP    reverse look-up    whose POP3 it is
                  127.0.0.2    mail.a.example     a.example
                  127.0.0.3    mail.b.example     b.example
                  127.0.0.4    (shared)           every domain: the login says which
                  127.0.0.1    main.example       not hosted here: handed, unread, to the native POP3 daemon
                """);
        try (Conversation mta =
                new Conversation("1. An MTA delivers by LMTP. The recipient alone says where to.", lmtp)) {
            mta.expect("220 ");
            mta.say("LHLO mta.example", "250 ");
            mta.deliver("joe@a.example", "Subject: Apples", "", "Dear Joe of A");
            mta.deliver("joe@b.example", "Subject: Bananas", "", "Dear Joe of B");
            mta.say("MAIL FROM:<ann@far.example>", "250 ");
            mta.say("RCPT TO:<nobody@a.example>", "550 ");
            mta.say("QUIT", "221 ");
        }
        fetch(
                "2. Joe of A connects to his domain's own IP. His login needs no domain.",
                "127.0.0.2",
                port,
                "joe",
                "apple");
        fetch("3. Joe of B does the same on the other IP.", "127.0.0.3", port, "joe", "banana");
        fetch("4. On the shared IP the login names the domain.", "127.0.0.4", port, "joe@b.example", "banana");
        fetch(
                "5. On the main IP nothing of this is seen: the native daemon answers.",
                "127.0.0.1",
                port,
                "joe",
                "cherry");
    }

    private static void fetch(String title, String address, int port, String login, String password)
            throws IOException {
        try (Conversation client = new Conversation(title, new InetSocketAddress(address, port))) {
            client.expect("+OK");
            client.say("USER " + login, "+OK");
            client.say("PASS " + password, "+OK");
            client.say("RETR 1", "+OK");
            client.expectMessage();
            client.say("QUIT", "+OK");
        }
    }

    private static String hints(DemoSite site, InetSocketAddress lmtp, int port) {
        return """
                Serving on until Ctrl-C. Try:
                  curl -u joe:apple pop3://127.0.0.2:%1$d/1
                  curl -u joe:banana pop3://127.0.0.3:%1$d/1
                  curl -u joe@b.example:banana pop3://127.0.0.4:%1$d/1
                  curl -u joe:cherry pop3://127.0.0.1:%1$d/1
                  printf 'Subject: hello\\n\\nhello\\n' | java -jar %3$s deliver --config %2$s -f me@here.example -d staff@a.example
                LMTP is at %4$s:%5$d. The configuration is %2$s
                """.formatted(port, site.config(), jar(), lmtp.getAddress().getHostAddress(), lmtp.getPort());
    }

    private static String jar() {
        String path = System.getProperty("java.class.path", "");
        return path.endsWith(".jar") && !path.contains(File.pathSeparator)
                ? path
                : "examples/reference-server/target/vmail.jar";
    }
}
