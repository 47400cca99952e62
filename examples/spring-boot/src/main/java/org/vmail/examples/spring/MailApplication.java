package org.vmail.examples.spring;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** An application that serves mail beside whatever else it does. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class MailApplication {
    /**
     * Runs until it is told to end; sessions that are under way are ended gracefully.
     *
     * @param args Spring's, such as {@code --vmail.mail=/var/spool/vmail}
     */
    public static void main(String[] args) {
        SpringApplication.run(MailApplication.class, args);
    }
}
