package org.vmail.examples.spring;

import java.net.InetAddress;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the application's properties say about the servers.
 *
 * @param address where both servers listen
 * @param pop3Port where POP3 is spoken; 0 is any free port
 * @param lmtpPort where LMTP is spoken; 0 is any free port
 * @param drainTimeout how long what is under way may take when the application ends
 */
@ConfigurationProperties("vmail")
record MailProperties(
        @DefaultValue("127.0.0.1") InetAddress address,
        @DefaultValue("1110") int pop3Port,
        @DefaultValue("2424") int lmtpPort,
        @DefaultValue("10s") Duration drainTimeout) {}
