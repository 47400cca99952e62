package org.vmail.examples.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.pop3.Pop3Server;

/** Starts the servers when everything that they use stands, and ends them before any of that ends. */
@Component
class MailServers implements SmartLifecycle {
    private final Pop3Server pop3;
    private final LmtpServer lmtp;
    private final MailProperties properties;
    private volatile boolean running;

    MailServers(Pop3Server pop3, LmtpServer lmtp, MailProperties properties) {
        this.pop3 = pop3;
        this.lmtp = lmtp;
        this.properties = properties;
    }

    @Override
    public void start() {
        try {
            lmtp.start();
            pop3.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        lmtp.closeGracefully(properties.drainTimeout());
        pop3.closeGracefully(properties.drainTimeout());
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
