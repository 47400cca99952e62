package org.vmail.examples.spring;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainResolver;
import org.vmail.examples.metrics.LmtpMetrics;
import org.vmail.examples.metrics.Pop3Metrics;
import org.vmail.mailbox.MaildropStore;
import org.vmail.pop3.Pop3Server;

/**
 * Starts the servers when everything that they use stands, and ends them before any of that ends. They are no beans: a server
 * is started once, and Spring may start again what it stopped.
 */
@Component
class MailServers implements SmartLifecycle {
    private final Directory directory;
    private final MaildropStore maildrops;
    private final Deliverer deliverer;
    private final MailProperties properties;
    private final Pop3Metrics pop3Metrics;
    private final LmtpMetrics lmtpMetrics;
    private volatile Optional<Servers> running = Optional.empty();

    MailServers(
            Directory directory,
            MaildropStore maildrops,
            Deliverer deliverer,
            MailProperties properties,
            MeterRegistry meters) {
        this.directory = directory;
        this.maildrops = maildrops;
        this.deliverer = deliverer;
        this.properties = properties;
        this.pop3Metrics = new Pop3Metrics(meters);
        this.lmtpMetrics = new LmtpMetrics(meters);
    }

    @Override
    public void start() {
        Servers servers = build();
        try {
            servers.lmtp().start();
            servers.pop3().start();
        } catch (IOException e) {
            servers.close(Duration.ZERO);
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            servers.close(Duration.ZERO);
            throw e;
        }
        running = Optional.of(servers);
    }

    private Servers build() {
        return new Servers(
                Pop3Server.builder(directory, maildrops)
                        .domains(DomainResolver.reverseLookup(directory))
                        .listen(new InetSocketAddress(properties.address(), properties.pop3Port()))
                        .listener(pop3Metrics)
                        .build(),
                LmtpServer.builder(deliverer)
                        .listen(new InetSocketAddress(properties.address(), properties.lmtpPort()))
                        .listener(lmtpMetrics)
                        .build());
    }

    @Override
    public void stop() {
        Optional<Servers> servers = running;
        running = Optional.empty();
        servers.ifPresent(both -> both.close(properties.drainTimeout()));
    }

    @Override
    public boolean isRunning() {
        return running.isPresent();
    }

    /** Only while they are running. */
    InetSocketAddress pop3Address() {
        return running.orElseThrow().pop3().boundAddress();
    }

    /** Only while they are running. */
    InetSocketAddress lmtpAddress() {
        return running.orElseThrow().lmtp().boundAddress();
    }

    private record Servers(Pop3Server pop3, LmtpServer lmtp) {
        /** Both at the same time, so that the timeout is that of both. */
        void close(Duration drainTimeout) {
            CompletableFuture.allOf(
                            CompletableFuture.runAsync(() -> pop3.closeGracefully(drainTimeout)),
                            CompletableFuture.runAsync(() -> lmtp.closeGracefully(drainTimeout)))
                    .join();
        }
    }
}
