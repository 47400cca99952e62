package org.vmail.delivery.lmtp;

/** What an argument says, or the reply to one that cannot be accepted. */
sealed interface Parsed<T> {
    /** It is in order. */
    record Valid<T>(T value) implements Parsed<T> {}

    /** It is not. */
    record Invalid<T>(Reply reply) implements Parsed<T> {}

    static <T> Parsed<T> invalid(String reply) {
        return new Invalid<>(new Reply(reply));
    }
}
