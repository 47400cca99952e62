package org.vmail.examples.spring;

import java.io.IOException;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.vmail.delivery.Deliverer;
import org.vmail.directory.Directory;
import org.vmail.directory.FileDirectory;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.maildir.MaildirStore;

/**
 * What the servers use, unless the application declares its own. Conditions on beans hold only after the application's own
 * configuration was read; so this is an auto-configuration, and stands in {@code AutoConfiguration.imports}.
 */
@AutoConfiguration
class MailConfiguration {
    @Bean
    @ConditionalOnMissingBean(Directory.class)
    FileDirectory directory(@Value("${vmail.directory}") Path directory) throws IOException {
        return FileDirectory.builder(directory).build();
    }

    @Bean
    @ConditionalOnMissingBean({MaildropStore.class, DeliveryTarget.class})
    MaildirStore mailboxes(@Value("${vmail.mail}") Path mail) {
        return MaildirStore.under(mail);
    }

    @Bean
    @ConditionalOnMissingBean
    Deliverer deliverer(Directory directory, DeliveryTarget mailboxes) {
        return Deliverer.over(directory, mailboxes);
    }

    @Bean
    @ConditionalOnBean({FileDirectory.class, MaildirStore.class})
    MailHealth mail(MailServers servers, FileDirectory directory, @Value("${vmail.mail}") Path mail) {
        return new MailHealth(servers, directory, mail);
    }
}
