package org.vmail.examples.mailboxes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainResolver;
import org.vmail.net.Network;
import org.vmail.pop3.Pop3Server;

/** Fetches a report from itself, and is turned away at another address. */
final class Main {
    private static final String SELLER = "joe@a.example";

    private Main() {}

    public static void main(String[] args) throws IOException {
        run(System.out);
    }

    static void run(PrintStream out) throws IOException {
        Sales sales = new Sales();
        sales.add(new Sale(17, MailAddress.of(SELLER), LocalDate.of(2026, 11, 23), 4_99));
        try (Pop3Server server = server(sales)) {
            server.start();
            List<InetSocketAddress> addresses = server.boundAddresses();
            converse(addresses.get(0), List.of("USER joe", "PASS apple", "RETR 1", "DELE 1", "QUIT"), out);
            converse(addresses.get(1), List.of(), out);
        }
    }

    /** The first address is the reports', the second one is not. */
    static Pop3Server server(Sales sales) throws IOException {
        InetAddress reports = InetAddress.getByName("127.0.0.2");
        return Pop3Server.builder(Directory.inMemory().account(SELLER, "apple").build(), new ReportStore(sales))
                .domains(DomainResolver.networkTable(Map.of(Network.of("127.0.0.2"), Domain.of("a.example"))))
                .nativeDaemon(new ClosedForNow())
                .listen(new InetSocketAddress(reports, 0))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .build();
    }

    private static void converse(InetSocketAddress server, List<String> commands, PrintStream out) throws IOException {
        out.println("-- " + server);
        try (Socket client = new Socket(server.getAddress(), server.getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            for (String command : commands) {
                client.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
            }
            replies.lines().forEach(out::println);
        }
    }
}
