package org.vmail.examples.spring;

import java.io.IOException;
import java.nio.file.Files;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;
import org.vmail.directory.FileDirectory;

/** Whether mail can be served: the servers run, the directory can be read, and the mail folder can be written. */
@Component("mail")
class MailHealth implements HealthIndicator {
    private final MailServers servers;
    private final FileDirectory directory;
    private final MailProperties properties;

    MailHealth(MailServers servers, FileDirectory directory, MailProperties properties) {
        this.servers = servers;
        this.directory = directory;
        this.properties = properties;
    }

    @Override
    public Health health() {
        if (!servers.isRunning()) {
            return Health.outOfService().build();
        }
        if (!Files.isWritable(properties.mail())) {
            return Health.down().withDetail("mail", "cannot be written").build();
        }
        try {
            return Health.up().withDetail("domains", directory.domains().size()).build();
        } catch (IOException e) {
            return Health.down(e).build();
        }
    }
}
