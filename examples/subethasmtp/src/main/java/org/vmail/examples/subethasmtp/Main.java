package org.vmail.examples.subethasmtp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.vmail.delivery.relay.SmartHost;
import org.vmail.directory.Directory;
import org.vmail.mailbox.maildir.MaildirStore;

/** Sends one message to itself, shows what is said, and leaves it in a Maildir. */
final class Main {
    private static final List<String> CONVERSATION = List.of(
            "EHLO client.example",
            "MAIL FROM:<me@c.example>",
            "RCPT TO:<nobody@a.example>",
            "RCPT TO:<staff@b.example>",
            "DATA",
            "Subject: hello\r\n\r\nhello\r\n.",
            "QUIT");

    private Main() {}

    public static void main(String[] args) throws IOException {
        run(Files.createTempDirectory("vmail-smtp"), System.out);
    }

    static void run(Path folder, PrintStream out) throws IOException {
        Directory users = Directory.inMemory()
                .account("joe@a.example", "apple")
                .account("joe@b.example", "banana")
                .alias("staff@b.example", "joe@b.example", "joe@a.example")
                .build();
        MaildirStore mail = MaildirStore.under(Files.createDirectory(folder.resolve("mail")));
        SmartHost elsewhere = SmartHost.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 25));
        try (MailHost host = new MailHost(users, mail, mail, folder, elsewhere)) {
            converse(host.smtpPort(), out);
        }
        out.println("The messages are below " + folder);
    }

    private static void converse(int port, PrintStream out) throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            reply(replies, out);
            for (String line : CONVERSATION) {
                line.lines().forEach(each -> out.println("C: " + each));
                client.getOutputStream().write((line + "\r\n").getBytes(US_ASCII));
                reply(replies, out);
            }
        }
    }

    private static void reply(BufferedReader replies, PrintStream out) throws IOException {
        String line = replies.readLine();
        while (line != null) {
            out.println("S: " + line);
            line = line.startsWith("-", 3) ? replies.readLine() : null;
        }
    }
}
