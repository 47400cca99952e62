package org.vmail.delivery.lmtp;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSet;
import java.util.Optional;
import org.vmail.delivery.lmtp.Verb.Phase;

/** The commands, and the one table of when each is allowed (RFC 2033, 3030, 3207, 5321, section 4.1.4; Postfix's XCLIENT). */
enum Verb {
    /** Always: its octets have to be read whatever becomes of them. */
    BDAT(Phase.values()),
    DATA(Phase.ENVELOPE),
    LHLO(Phase.values()),
    MAIL(Phase.READY),
    NOOP(Phase.values()),
    QUIT(Phase.values()),
    RCPT(Phase.ENVELOPE),
    RSET(Phase.values()),
    STARTTLS(Phase.READY),
    VRFY(Phase.values()),
    XCLIENT(Phase.GREETED, Phase.READY);

    /** How far a session is. */
    enum Phase {
        GREETED("LHLO comes first"),
        READY("MAIL comes first"),
        ENVELOPE("a message is under way"),
        CHUNKS("a message has begun with BDAT");

        private final String problem;

        Phase(String problem) {
            this.problem = problem;
        }

        /** For a command that is not allowed here. */
        Reply refusal() {
            return new Reply("503 5.5.1 " + problem);
        }
    }

    private final ImmutableSet<Phase> phases;

    Verb(Phase... phases) {
        this.phases = ImmutableSet.copyOf(phases);
    }

    boolean isAllowed(Phase phase) {
        return phases.contains(phase);
    }

    static Optional<Verb> parse(String keyword) {
        String upper = Ascii.toUpperCase(keyword);
        for (Verb verb : values()) {
            if (verb.name().equals(upper)) {
                return Optional.of(verb);
            }
        }
        return Optional.empty();
    }
}
