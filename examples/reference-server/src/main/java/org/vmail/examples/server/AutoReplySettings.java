package org.vmail.examples.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.vmail.delivery.Relay;
import org.vmail.delivery.reply.AutoReply;

/** The table auto-replies: vacations and auto-responders. */
record AutoReplySettings(
        Path folder, Duration vacationInterval, Duration autoInterval, int maxSenders, int maxAnswerOctets) {
    static Optional<AutoReplySettings> read(SettingsTable table) throws SettingsException {
        if (!table.isPresent()) {
            return Optional.empty();
        }
        Path folder = table.requiredText("folder", SettingsTable::pathOf);
        AutoReply trial = AutoReply.in(folder, envelope -> {
            throw new IllegalStateException("nothing is sent");
        });
        AutoReplySettings settings = new AutoReplySettings(
                folder,
                table.duration(
                        "vacation-interval",
                        Duration.ofDays(7),
                        interval -> checked(interval, trial.withVacationInterval(interval))),
                table.duration(
                        "auto-interval",
                        Duration.ofHours(1),
                        interval -> checked(interval, trial.withAutoInterval(interval))),
                table.number(
                        "max-senders", 1000, SettingsFile.count(count -> checked(count, trial.withMaxSenders(count)))),
                table.number(
                        "max-answer-octets",
                        256 * 1024,
                        SettingsFile.count(octets -> checked(octets, trial.withMaxAnswerOctets(octets)))));
        table.allAsked();
        return Optional.of(settings);
    }

    /** The options know what makes no sense. */
    private static <T> T checked(T value, AutoReply unused) {
        return value;
    }

    AutoReply over(Relay relay) {
        return AutoReply.in(folder, relay)
                .withVacationInterval(vacationInterval)
                .withAutoInterval(autoInterval)
                .withMaxSenders(maxSenders)
                .withMaxAnswerOctets(maxAnswerOctets);
    }

    List<String> problems() {
        return Files.isDirectory(folder) && Files.isReadable(folder)
                ? List.of()
                : List.of("auto-replies.folder: " + folder + " is missing or cannot be read");
    }
}
