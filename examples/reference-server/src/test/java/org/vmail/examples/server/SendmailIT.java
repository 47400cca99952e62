package org.vmail.examples.server;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** sendmail in front, as docs/mta/sendmail has it. */
@Tag("interop")
class SendmailIT {
    @Nested
    class Lmtp extends MtaCases {
        @Override
        Mta start(Path own, Mta.Places vmail) throws Exception {
            return sendmail(own, vmail, "lmtp.mc");
        }

        @Override
        Refusal refusal() {
            return Refusal.BY_REPORT;
        }
    }

    @Nested
    class Vdeliver extends MtaCases {
        @Override
        Mta start(Path own, Mta.Places vmail) throws Exception {
            return sendmail(own, vmail, "vdeliver.mc");
        }

        @Override
        String complaint(String status) {
            return "Deferred: vdeliver mailer"; // the reason is not kept
        }

        @Override
        Refusal refusal() {
            return Refusal.BY_REPORT;
        }
    }

    private static Mta sendmail(Path own, Mta.Places vmail, String file) throws Exception {
        Sendmail.require();
        return Sendmail.start(
                own,
                vmail.translate(Files.readString(Mta.DOCS.resolve("sendmail").resolve(file))));
    }
}
