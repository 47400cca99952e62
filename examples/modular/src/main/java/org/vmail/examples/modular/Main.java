package org.vmail.examples.modular;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.Directory;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.pop3.Pop3Server;

/** Sends itself a message by LMTP, and fetches it by POP3. */
final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        Directory users = Directory.inMemory().account("joe@a.example", "apple").build();
        InMemoryStore mail = new InMemoryStore();
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (LmtpServer lmtp = LmtpServer.builder(Deliverer.over(users, mail))
                        .listen(anyPort)
                        .build();
                Pop3Server pop3 =
                        Pop3Server.builder(users, mail).listen(anyPort).build()) {
            lmtp.start();
            pop3.start();
            System.out.println(
                    "vmail is the module " + Pop3Server.class.getModule().getName());
            converse(
                    lmtp.boundAddress(),
                    List.of(
                            "LHLO me",
                            "MAIL FROM:<>",
                            "RCPT TO:<joe@a.example>",
                            "DATA",
                            "Subject: hello\r\n\r\nhello\r\n.",
                            "QUIT"));
            converse(pop3.boundAddress(), List.of("USER joe@a.example", "PASS apple", "RETR 1", "QUIT"));
        }
    }

    private static void converse(InetSocketAddress server, List<String> commands) throws IOException {
        try (Socket client = new Socket(server.getAddress(), server.getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            client.getOutputStream().write((String.join("\r\n", commands) + "\r\n").getBytes(US_ASCII));
            replies.lines().forEach(System.out::println);
        }
    }
}
