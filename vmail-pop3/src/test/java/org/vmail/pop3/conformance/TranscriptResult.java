package org.vmail.pop3.conformance;

/** What became of a transcript. */
public sealed interface TranscriptResult {
    /**
     * Which transcript it was.
     *
     * @return its name
     */
    String name();

    /**
     * The server keeps the rule.
     *
     * @param name which transcript it was
     */
    record Passed(String name) implements TranscriptResult {}

    /**
     * The transcript needs what the server does not offer, or what the fixture cannot do.
     *
     * @param name which transcript it was
     * @param reason what is missing
     */
    record Skipped(String name, String reason) implements TranscriptResult {}

    /**
     * The server answered otherwise.
     *
     * @param name which transcript it was
     * @param line the line of the transcript that was not met, counted from 1
     * @param came what came instead, in words
     * @param report the transcript with that line marked and what came instead
     */
    record Failed(String name, int line, String came, String report) implements TranscriptResult {}
}
