package org.vmail.delivery.lmtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmail.address.MailAddress;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.Outcome;

/** Gives each recipient's result to the client at once: if one is delivered, it must not look undelivered because of others. */
final class Answers implements Consumer<DeliveryResult> {
    private final List<MailAddress> recipients;
    private final Dialogue dialogue;
    private final Consumer<DeliveryResult> told;
    private Optional<IOException> broken = Optional.empty();
    private int given;

    /**
     * Nothing is answered yet.
     *
     * @param told hears of each result that the client was told
     */
    Answers(List<MailAddress> recipients, Dialogue dialogue, Consumer<DeliveryResult> told) {
        this.recipients = recipients;
        this.dialogue = dialogue;
        this.told = told;
    }

    @Override
    public void accept(DeliveryResult result) {
        given++;
        try {
            dialogue.reply(Reply.of(result));
            dialogue.wire().flush();
        } catch (IOException e) {
            broken = Optional.of(e);
            throw new UncheckedIOException(e);
        }
        told.accept(result);
    }

    /** Gives all who have none yet the same result. */
    void giveRest(Outcome outcome) {
        recipients
                .subList(given, recipients.size())
                .forEach(recipient -> accept(new DeliveryResult(recipient, outcome)));
    }

    /** Why the client cannot be told any more, if so. */
    Optional<IOException> broken() {
        return broken;
    }
}
