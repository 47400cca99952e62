package org.vmail.delivery.lmtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;

/** A message on its way in, from MAIL until its last octet has come or it is given up (RFC 5321, section 3.3). */
final class Transaction {
    private final MailArgument mail;
    private final List<RcptArgument> recipients = new ArrayList<>();
    private final TimeLimit limit;
    private Optional<Spool> chunks = Optional.empty();

    Transaction(MailArgument mail, LmtpOptions options) {
        this.mail = mail;
        this.limit = new TimeLimit(options.transactionTimeout());
    }

    MailArgument mail() {
        return mail;
    }

    List<RcptArgument> recipients() {
        return recipients;
    }

    TimeLimit limit() {
        return limit;
    }

    Envelope envelope() {
        List<MailAddress> addresses =
                recipients.stream().map(RcptArgument::recipient).toList();
        return new Envelope(mail.reversePath(), addresses);
    }

    /** What came with BDAT so far, if that has begun. */
    Optional<Spool> chunks() {
        return chunks;
    }

    void beginChunks(Spool spool) {
        chunks = Optional.of(spool);
    }

    /** Forgets what has come. */
    void drop() {
        chunks.ifPresent(spool -> {
            try {
                spool.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        chunks = Optional.empty();
    }
}
