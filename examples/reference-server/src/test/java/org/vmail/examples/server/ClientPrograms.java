package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The mail clients among {@link MailClient} that are programs of Debian. */
final class ClientPrograms {
    private static final String POPLIB = """
            import poplib, ssl, sys
            transport, host, port, login, user, password, trust, folder = sys.argv[1:]
            context = ssl.create_default_context(cafile=trust)
            if transport == 'POP3S':
                pop = poplib.POP3_SSL(host, int(port), timeout=20, context=context)
            else:
                pop = poplib.POP3(host, int(port), timeout=20)
            if transport == 'STLS':
                pop.stls(context)
            if login == 'utf8':
                pop.utf8()
            if login == 'apop':
                pop.apop(user, password)
            else:
                pop.user(user)
                pop.pass_(password)
            for number in range(1, pop.stat()[0] + 1):
                lines = pop.retr(number)[1]
                with open(f'{folder}/{number}', 'wb') as out:
                    out.write(b''.join(line + b'\\r\\n' for line in lines))
            pop.quit()
            """;
    private static final String PERL = """
            use strict;
            use warnings;
            use Net::POP3;
            my ($transport, $host, $port, $login, $user, $password, $trust, $folder) = @ARGV;
            my %tls = (SSL_ca_file => $trust, SSL_verifycn_name => $host);
            my $pop = Net::POP3->new($host, Port => $port, Timeout => 20, SSL => $transport eq 'POP3S', %tls)
                or die "no connection: $@";
            $transport ne 'STLS' or $pop->starttls(%tls) or die 'no TLS: ' . $pop->message;
            my $count = $login eq 'apop' ? $pop->apop($user, $password) : $pop->login($user, $password);
            defined $count or die 'no login: ' . $pop->message;
            for my $number (1 .. $count) {
                open my $out, '>:raw', "$folder/$number" or die $!;
                $pop->get($number, $out) or die $pop->message;
                close $out or die $!;
            }
            $pop->quit or die $pop->message;
            """;

    private ClientPrograms() {}

    static Programs.Result curl(MailClient.Session session, int count) throws IOException, InterruptedException {
        String scheme = session.transport() == Transport.POP3S ? "pop3s" : "pop3";
        List<String> command = new ArrayList<>(
                List.of("curl", "-sS", "--cacert", session.trust().toString()));
        if (session.transport() == Transport.STLS) {
            command.add("--ssl-reqd");
        }
        boolean token = session.login().endsWith("AUTH2") || session.login().endsWith("BEARER");
        if (token) {
            command.addAll(List.of("--oauth2-bearer", session.password(), "-u", session.user() + ":"));
        } else {
            command.addAll(List.of("-u", session.user() + ":" + session.password()));
        }
        String options = session.login().equals("user")
                ? "AUTH=*"
                : "AUTH=" + (session.apop() ? "+APOP" : session.login().toUpperCase(Locale.ROOT));
        command.addAll(List.of("--login-options", options));
        command.addAll(List.of(
                scheme + "://" + session.host() + ":" + session.port() + "/[1-" + count + "]",
                "-o",
                session.fetched().resolve("#1").toString()));
        return Programs.run(command);
    }

    static Programs.Result fetchmail(MailClient.Session session, String options)
            throws IOException, InterruptedException {
        String tls = switch (session.transport()) {
            case CLEAR_TEXT -> "sslproto ''";
            case STLS -> "sslproto 'TLS1.2+' sslcertck sslcertfile '%s'".formatted(session.trust());
            case POP3S -> "ssl sslproto 'auto' sslcertck sslcertfile '%s'".formatted(session.trust());
        };
        Path settings = privateFile(session, "fetchmailrc", """
                set invisible
                poll %s service %s protocol %s uidl auth password
                    user "%s" password "%s"
                    no rewrite pass8bits
                    mda "%s %s"
                    %s
                    %s
                """.formatted(
                        session.host(),
                        session.port(),
                        session.apop() ? "apop" : "pop3",
                        session.user(),
                        session.password(),
                        mda(session),
                        session.fetched(),
                        options,
                        tls));
        ProcessBuilder fetchmail = Programs.builder(
                List.of("fetchmail", "-f", settings.toString(), "--pidfile", session.work() + "/fetchmail.pid"));
        fetchmail.environment().put("FETCHMAILHOME", session.work().toString());
        return Programs.run(fetchmail, new byte[0]);
    }

    static void getmail(MailClient.Session session) throws IOException, InterruptedException {
        boolean tls = session.transport() == Transport.POP3S;
        Path settings = privateFile(session, "getmailrc", """
                [retriever]
                type = %s
                server = %s
                port = %s
                username = %s
                password = %s
                use_apop = %s
                %s

                [destination]
                type = MDA_external
                path = %s
                arguments = ("%s",)
                allow_root_commands = true

                [options]
                read_all = true
                delete = false
                delivered_to = false
                received = false
                verbose = 0
                """.formatted(
                        tls ? "SimplePOP3SSLRetriever" : "SimplePOP3Retriever",
                        session.host(),
                        session.port(),
                        session.user(),
                        session.password(),
                        session.apop() ? "true" : "false",
                        tls ? "ca_certs = " + session.trust() : "",
                        mda(session),
                        session.fetched()));
        Programs.run("getmail", "--getmaildir", session.work().toString(), "--rcfile", settings.toString())
                .successful();
    }

    static void mpop(MailClient.Session session, String options) throws IOException, InterruptedException {
        String tls = switch (session.transport()) {
            case CLEAR_TEXT -> "tls off";
            case STLS -> "tls on\ntls_starttls on\ntls_trust_file " + session.trust();
            case POP3S -> "tls on\ntls_starttls off\ntls_trust_file " + session.trust();
        };
        Path settings = privateFile(session, "mpoprc", """
                account vmail
                %s
                host %s
                port %s
                auth %s
                user %s
                password %s
                uidls_file %s/mpop.uidls
                received_header off
                delivery mda "%s %s"
                pipelining on
                keep on
                %s
                """.formatted(
                        tls,
                        session.host(),
                        session.port(),
                        session.login(),
                        session.user(),
                        session.password(),
                        session.work(),
                        mda(session),
                        session.fetched(),
                        options));
        Programs.run("mpop", "-C", settings.toString(), "vmail").successful();
    }

    /** Copies everything to a Maildir, in no order; it adds two fields of its own. */
    static void mutt(MailClient.Session session, int count) throws IOException, InterruptedException {
        Path copies = session.work().resolve("copies");
        for (String sub : List.of("tmp", "new", "cur")) {
            Files.createDirectories(copies.resolve(sub));
        }
        String scheme = session.transport() == Transport.POP3S ? "pops" : "pop";
        Path settings = privateFile(session, "muttrc", """
                set folder = "%1$s"
                set mbox_type = Maildir
                set confirmcreate = no confirmappend = no delete = no quit = yes move = no wait_key = no sleep_time = 0
                set check_new = no pop_checkinterval = 0 mark_old = no sort = mailbox-order
                set pop_authenticators = "%2$s" pop_pass = "%3$s"
                set ssl_starttls = %4$s ssl_force_tls = %4$s certificate_file = "%5$s"
                push "T.<enter>;C%6$s<enter>x"
                """.formatted(
                        session.work(),
                        session.login(),
                        session.password(),
                        session.transport() == Transport.CLEAR_TEXT ? "no" : "yes",
                        session.trust(),
                        copies));
        String command = "mutt -n -F %s -f %s://%s@%s:%s/"
                .formatted(settings, scheme, session.user(), session.host(), session.port());
        ProcessBuilder mutt = Programs.builder(List.of("script", "-qec", command, "/dev/null"));
        mutt.environment().put("TERM", "xterm");
        mutt.environment().put("HOME", session.work().toString());
        Programs.Result result = Programs.run(mutt, new byte[0]);
        List<Path> messages;
        try (Stream<Path> all = Files.walk(copies)) {
            messages = all.filter(Files::isRegularFile)
                    .sorted(Comparator.comparing(Path::getFileName))
                    .toList();
        }
        assertThat(messages).as(result.output()).hasSize(count);
        for (int i = 0; i < count; i++) {
            String copy = Files.readString(messages.get(i), ISO_8859_1);
            String message = copy.replaceFirst("\nContent-Length: \\d+\nLines: \\d+\n", "\n");
            Files.writeString(session.fetched().resolve(String.valueOf(i + 1)), message, ISO_8859_1);
        }
    }

    static void openssl(MailClient.Session session, int count) throws IOException, InterruptedException {
        StringBuilder commands =
                new StringBuilder("USER " + session.user() + "\r\nPASS " + session.password() + "\r\n");
        for (int number = 1; number <= count; number++) {
            commands.append("retr ").append(number).append("\r\n");
        }
        commands.append("quit\r\n");
        Programs.Result result = Programs.run(Programs.builder(openssl(session)), Mail.octets(commands.toString()));
        String output = result.successful().output();
        int from = output.indexOf("\r\n", output.indexOf("messages")) + 2;
        for (int number = 1; number <= count; number++) {
            int begin = output.indexOf("\r\n", from) + 2;
            int end = output.indexOf("\r\n.\r\n", begin - 2);
            String stuffed = output.substring(begin, end + 2);
            String message = stuffed.replaceAll("(?m)^\\.", "");
            Files.writeString(session.fetched().resolve(String.valueOf(number)), message, ISO_8859_1);
            from = end + 5;
        }
    }

    /** A client that says what its standard input says. */
    static List<String> openssl(MailClient.Session session) {
        List<String> command = new ArrayList<>(List.of(
                "openssl",
                "s_client",
                "-quiet",
                "-connect",
                session.host() + ":" + session.port(),
                "-CAfile",
                session.trust().toString(),
                "-verify_return_error",
                "-verify_ip",
                session.host()));
        if (session.transport() == Transport.STLS) {
            command.addAll(List.of("-starttls", "pop3"));
        }
        return command;
    }

    static void perl(MailClient.Session session) throws IOException, InterruptedException {
        script(session, "perl", "-e", PERL);
    }

    static void poplib(MailClient.Session session) throws IOException, InterruptedException {
        script(session, "python3", "-c", POPLIB);
    }

    private static void script(MailClient.Session session, String... interpreter)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(interpreter));
        command.addAll(List.of(
                session.transport().name(),
                session.host(),
                session.port(),
                session.login(),
                session.user(),
                session.password(),
                session.trust().toString(),
                session.fetched().toString()));
        Programs.run(command).successful();
    }

    /** A program that delivers into a folder: the first message to a file 1, and so on. */
    private static Path mda(MailClient.Session session) throws IOException {
        Path script = session.work().resolve("mda");
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
    private static Path privateFile(MailClient.Session session, String name, String text) throws IOException {
        Path file = Files.writeString(session.work().resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
