package org.vmail.directory.jdbc;

import com.google.common.base.Ascii;
import java.util.Arrays;
import java.util.Optional;

/** What stands in a query for a value that is bound. */
enum Parameter {
    /** The whole address. */
    ADDRESS,
    /** Its local part. */
    USER,
    /** The domain. */
    DOMAIN,
    /** The domain with an {@code @} before it. */
    CATCHALL;

    static Optional<Parameter> named(String name) {
        return Arrays.stream(values())
                .filter(parameter -> parameter.word().equals(name))
                .findFirst();
    }

    private String word() {
        return Ascii.toLowerCase(name());
    }

    @Override
    public String toString() {
        return ":" + word();
    }
}
