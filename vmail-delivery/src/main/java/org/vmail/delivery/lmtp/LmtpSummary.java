package org.vmail.delivery.lmtp;

import java.time.Duration;
import java.util.Optional;

/**
 * What happened in a session that has ended.
 *
 * @param clientName who the client said that it was, in LHLO
 * @param messages how many messages came to their end
 * @param octetsIn how much the client sent
 * @param octetsOut how much was sent to the client
 * @param duration from the connection to the end
 * @param reason why it ended, in one line
 */
public record LmtpSummary(
        Optional<String> clientName, int messages, long octetsIn, long octetsOut, Duration duration, String reason) {}
