package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A mail server that takes what it is given, but for recipients whose name begins with {@code refused}. */
final class SmtpSink implements AutoCloseable {
    private static final int LIMIT_SECONDS = 30;

    /** A message as it came, and the commands of its envelope. */
    record Mail(String from, List<String> to, String text) {}

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final BlockingQueue<Mail> mails = new LinkedBlockingQueue<>();

    SmtpSink() throws IOException {
        Thread acceptor = new Thread(this::accept, "smtp-sink");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /** The next message, which may be on its way. */
    Mail next() throws InterruptedException {
        Mail mail = mails.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (mail == null) {
            throw new AssertionError("No mail has come within " + LIMIT_SECONDS + " s");
        }
        return mail;
    }

    boolean isEmpty() {
        return mails.isEmpty();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                client.setSoTimeout(LIMIT_SECONDS * 1000);
                Thread thread = new Thread(() -> serve(client), "smtp-sink-session");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
            OutputStream out = client.getOutputStream();
            say(out, "220 sink");
            String from = "";
            List<String> to = new ArrayList<>();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("MAIL")) {
                    from = line;
                    to = new ArrayList<>();
                    say(out, "250 ok");
                } else if (line.startsWith("RCPT TO:<refused")) {
                    say(out, "550 5.1.1 nobody");
                } else if (line.startsWith("RCPT")) {
                    to.add(line);
                    say(out, "250 ok");
                } else if (line.equals("DATA")) {
                    say(out, "354 go on");
                    mails.add(new Mail(from, List.copyOf(to), data(in)));
                    say(out, "250 taken");
                } else {
                    say(out, line.equals("QUIT") ? "221 bye" : "250 sink");
                }
            }
        } catch (IOException gone) {
            // with whoever sent it
        }
    }

    private static String data(BufferedReader in) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.equals("."); line = in.readLine()) {
            text.append(line.startsWith(".") ? line.substring(1) : line).append('\n');
        }
        return text.toString();
    }

    private static void say(OutputStream out, String reply) throws IOException {
        out.write((reply + "\r\n").getBytes(ISO_8859_1));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
