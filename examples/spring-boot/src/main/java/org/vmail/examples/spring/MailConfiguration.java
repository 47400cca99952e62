package org.vmail.examples.spring;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.Directory;
import org.vmail.directory.FileDirectory;
import org.vmail.domain.DomainResolver;
import org.vmail.examples.metrics.LmtpMetrics;
import org.vmail.examples.metrics.Pop3Metrics;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.pop3.Pop3Server;

/** The parts of a mail server, each a bean that an application can replace. */
@Configuration(proxyBeanMethods = false)
class MailConfiguration {
    @Bean
    FileDirectory directory(MailProperties properties) throws IOException {
        return FileDirectory.builder(properties.directory()).build();
    }

    @Bean
    MaildirStore mailboxes(MailProperties properties) {
        return MaildirStore.under(properties.mail());
    }

    @Bean
    Deliverer deliverer(Directory directory, MaildirStore mailboxes) {
        return Deliverer.over(directory, mailboxes);
    }

    /** Spring closes what it made at the very end; {@link MailServers} does so earlier, and with time to end well. */
    @Bean
    Pop3Server pop3(MailProperties properties, Directory directory, MaildirStore mailboxes, MeterRegistry meters) {
        return Pop3Server.builder(directory, mailboxes)
                .domains(DomainResolver.reverseLookup(directory))
                .listen(new InetSocketAddress(properties.address(), properties.pop3Port()))
                .listener(new Pop3Metrics(meters))
                .build();
    }

    @Bean
    LmtpServer lmtp(MailProperties properties, Deliverer deliverer, MeterRegistry meters) {
        return LmtpServer.builder(deliverer)
                .listen(new InetSocketAddress(properties.address(), properties.lmtpPort()))
                .listener(new LmtpMetrics(meters))
                .build();
    }
}
