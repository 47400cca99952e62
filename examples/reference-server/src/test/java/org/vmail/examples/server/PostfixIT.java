package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Postfix in front, as docs/mta/postfix has it. */
@Tag("interop")
class PostfixIT {
    @Nested
    class LmtpOverTcp extends MtaCases {
        @Override
        Mta start(Path own, Mta.Places vmail) throws Exception {
            return postfix(own, vmail, "lmtp-tcp.main.cf", "");
        }

        @Override
        Refusal refusal() {
            return Refusal.AT_RCPT;
        }
    }

    @Nested
    class LmtpOverAUnixSocket extends MtaCases {
        @Override
        Mta start(Path own, Mta.Places vmail) throws Exception {
            return postfix(own, vmail, "lmtp-unix.main.cf", "");
        }

        @Override
        List<Path> sockets(Path own) {
            return List.of(Postfix.socket(own));
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
            return postfix(own, vmail, "pipe.main.cf", "pipe.master.cf");
        }

        @Override
        Refusal refusal() {
            return Refusal.BY_REPORT;
        }
    }

    private static Mta postfix(Path own, Mta.Places vmail, String main, String master) throws Exception {
        Postfix.require();
        return Postfix.start(own, read(main, vmail), master.isEmpty() ? "" : read(master, vmail));
    }

    private static String read(String file, Mta.Places vmail) throws IOException {
        return vmail.translate(Files.readString(Mta.DOCS.resolve("postfix").resolve(file)));
    }
}
