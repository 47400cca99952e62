package org.vmail.domain;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The names of an address.
 *
 * @param names best first, with or without the dot of the root; empty if the address surely has none
 * @param timeToLive for how long that is true, if the source says so
 */
public record ReverseAnswer(List<String> names, Optional<Duration> timeToLive) {
    /**
     * Copies the names.
     *
     * @param names best first
     * @param timeToLive for how long they are true
     */
    public ReverseAnswer {
        names = List.copyOf(names);
    }

    /**
     * Names of which nobody says for how long they are true.
     *
     * @param names best first
     * @return the answer
     */
    public static ReverseAnswer of(String... names) {
        return new ReverseAnswer(List.of(names), Optional.empty());
    }

    ReverseAnswer withNames(List<String> others) {
        return new ReverseAnswer(others, timeToLive);
    }
}
