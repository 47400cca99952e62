package org.vmail.examples.subethasmtp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.subethamail.smtp.MessageContext;
import org.subethamail.smtp.MessageHandler;
import org.subethamail.smtp.MessageHandlerFactory;
import org.subethamail.smtp.RejectException;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.MessageSpool;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.Relay;
import org.vmail.delivery.ReversePath;

/**
 * Has SubEthaSMTP take mail for those whom a deliverer knows: all others are refused at RCPT, and so is mail for which there is
 * no room.
 *
 * @param deliverer says which recipients there are, and delivers
 * @param later takes a message for recipients who could not get it while others could
 * @param spoolFolder where large messages are held while they are delivered
 */
record VirtualDomains(Deliverer deliverer, Relay later, Path spoolFolder) implements MessageHandlerFactory {
    static final int MAX_OCTETS = 50 << 20;
    private static final int MEMORY_OCTETS = 256 << 10;

    @Override
    public MessageHandler create(MessageContext context) {
        return new Transaction();
    }

    /** One message, from MAIL to the reply behind its last octet. */
    private final class Transaction implements MessageHandler {
        private ReversePath sender = ReversePath.none();
        private final List<MailAddress> recipients = new ArrayList<>();

        @Override
        public void from(String text) throws RejectException {
            sender = ReversePath.parse(text).orElseThrow(() -> new RejectException(553, "5.1.7 bad sender address"));
        }

        @Override
        public void recipient(String text) throws RejectException {
            MailAddress recipient =
                    MailAddress.parse(text).orElseThrow(() -> new RejectException(553, "5.1.3 bad recipient address"));
            check(deliverer.accepts(recipient));
            recipients.add(recipient);
        }

        @Override
        public String data(InputStream in) throws RejectException {
            try (MessageSpool message = new MessageSpool(MAX_OCTETS, MEMORY_OCTETS, spoolFolder)) {
                in.transferTo(message);
                if (message.isTooLarge()) {
                    throw new RejectException(552, "5.3.4 the message is too large");
                }
                check(deliverer.deliverTogether(new Envelope(sender, recipients), message, later));
                return "2.0.0 ok";
            } catch (IOException e) {
                throw new RejectException(451, "4.3.0 the message cannot be held now");
            }
        }

        @Override
        public void done() {
            // Nothing is held from one message to the next.
        }

        private void check(Outcome outcome) throws RejectException {
            if (!outcome.isAccepted()) {
                throw new RejectException(outcome.status().replyCode(), outcome.status() + " " + outcome.text());
            }
        }
    }
}
