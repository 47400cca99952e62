package org.vmail.examples.bench;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Tells nginx over HTTP which server a login is for: always the same one. */
final class LoginServers implements Closeable {
    private final HttpServer http;
    private final ExecutorService threads = Executors.newFixedThreadPool(4);

    LoginServers(InetSocketAddress last) throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
        http.setExecutor(threads);
        http.createContext("/", exchange -> answer(exchange, last));
        http.start();
    }

    int port() {
        return http.getAddress().getPort();
    }

    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }

    private static void answer(HttpExchange exchange, InetSocketAddress last) throws IOException {
        try (exchange) {
            Headers headers = exchange.getResponseHeaders();
            headers.set("Auth-Status", "OK");
            headers.set("Auth-Server", last.getAddress().getHostAddress());
            headers.set("Auth-Port", Integer.toString(last.getPort()));
            exchange.sendResponseHeaders(200, -1);
        }
    }
}
