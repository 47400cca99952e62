package org.vmail.pop3;

import java.time.Duration;
import java.util.Optional;
import org.vmail.address.MailAddress;

/**
 * What happened in a session that has ended.
 *
 * @param account who was logged in, here or on another server, if anybody was
 * @param rule what decided the domain
 * @param messages how many messages the maildrop had; 0, as the next two, on another server
 * @param retrieved how many of them were sent whole
 * @param removed how many were removed for ever
 * @param octetsIn how much the client sent
 * @param octetsOut how much was sent to the client
 * @param duration from the greeting to the end
 * @param reason why it ended, in one line
 */
public record SessionSummary(
        Optional<MailAddress> account,
        String rule,
        int messages,
        int retrieved,
        int removed,
        long octetsIn,
        long octetsOut,
        Duration duration,
        String reason) {}
