package org.vmail.examples.spring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.vmail.directory.FileDirectory;

/** Whether mail can be served: the servers run, the directory can be read, and the mail folder can be written. */
class MailHealth implements HealthIndicator {
    private final MailServers servers;
    private final FileDirectory directory;
    private final Path mail;

    MailHealth(MailServers servers, FileDirectory directory, Path mail) {
        this.servers = servers;
        this.directory = directory;
        this.mail = mail;
    }

    @Override
    public Health health() {
        if (!servers.isRunning()) {
            return Health.outOfService().build();
        }
        if (!Files.isWritable(mail)) {
            return Health.down().withDetail("mail", "cannot be written").build();
        }
        try {
            return Health.up().withDetail("domains", directory.domains().size()).build();
        } catch (IOException e) {
            return Health.down(e).build();
        }
    }
}
