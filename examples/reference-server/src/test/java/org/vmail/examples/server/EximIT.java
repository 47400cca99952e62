package org.vmail.examples.server;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Exim in front, as docs/mta/exim has it. */
@Tag("interop")
class EximIT {
    @Nested
    class Lmtp extends MtaCases {
        @Override
        Mta start(Path own, Mta.Places vmail) throws Exception {
            return exim(own, vmail, "lmtp.conf");
        }

        @Override
        Refusal refusal() {
            return Refusal.AT_RCPT;
        }
    }

    @Nested
    class Pipe extends MtaCases {
        @Override
        Mta start(Path own, Mta.Places vmail) throws Exception {
            return exim(own, vmail, "pipe.conf");
        }

        @Override
        Refusal refusal() {
            return Refusal.BY_REPORT;
        }
    }

    private static Mta exim(Path own, Mta.Places vmail, String file) throws Exception {
        Exim.require();
        return Exim.start(
                own, vmail.translate(Files.readString(Mta.DOCS.resolve("exim").resolve(file))));
    }
}
