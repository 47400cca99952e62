package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Teaches a server the command XCLIENT, as Dovecot has it, without telling the server. */
final class XclientFront implements AutoCloseable {
    private final InetSocketAddress server;
    private final ServerSocket listener;

    XclientFront(InetSocketAddress server) throws IOException {
        this.server = server;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        run(this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    private void accept() throws IOException {
        while (!listener.isClosed()) {
            Socket client = listener.accept();
            run(() -> serve(client));
        }
    }

    private void serve(Socket client) throws IOException {
        try (client;
                Socket upstream = new Socket(server.getAddress(), server.getPort())) {
            run(() -> {
                try (client) {
                    upstream.getInputStream().transferTo(client.getOutputStream());
                }
            });
            BufferedReader lines = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                boolean xclient = line.startsWith("XCLIENT ADDR=127.0.113.7 ");
                OutputStream out = xclient ? client.getOutputStream() : upstream.getOutputStream();
                out.write((xclient ? "+OK Updated\r\n" : line + "\r\n").getBytes(ISO_8859_1));
            }
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void run(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException over) {
                // a client or the test has ended
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
