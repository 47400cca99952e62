package org.vmail.examples.subethasmtp;

import com.google.common.io.Closer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.subethamail.smtp.server.SMTPServer;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.relay.NextHop;
import org.vmail.delivery.relay.SpoolOptions;
import org.vmail.delivery.relay.SpoolRelay;
import org.vmail.directory.Directory;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MaildropStore;
import org.vmail.pop3.Pop3Server;

/** A whole mail host: SMTP in, POP3 out, and a spool for what cannot be delivered at once. */
final class MailHost implements AutoCloseable {
    private final Closer parts = Closer.create();
    private final SpoolRelay spool;
    private final SMTPServer smtp;
    private final Pop3Server pop3;

    /**
     * How the host is called, and where it listens.
     *
     * @param hostName its own name, for greetings and reports
     * @param address where both servers listen
     * @param smtpPort where mail comes in; 0 is any free port
     * @param pop3Port where it is fetched; 0 is any free port
     */
    record Place(String hostName, InetAddress address, int smtpPort, int pop3Port) {
        /** {@code mx.a.example}, on free ports of the loopback address. */
        static Place defaults() {
            return new Place("mx.a.example", InetAddress.getLoopbackAddress(), 0, 0);
        }
    }

    /**
     * Starts all of it in the default place.
     *
     * @param users who exists
     * @param deliveries where mail is written
     * @param maildrops where the same mail is read
     * @param folder for what waits
     * @param elsewhere takes reports for senders who are not here
     * @throws IOException if a part cannot be started; none runs then
     * @throws RuntimeException if SMTP's port cannot be had, as SubEthaSMTP has it; none runs then, either
     */
    MailHost(Directory users, DeliveryTarget deliveries, MaildropStore maildrops, Path folder, NextHop elsewhere)
            throws IOException {
        this(users, deliveries, maildrops, folder, elsewhere, Place.defaults());
    }

    /**
     * Starts all of it.
     *
     * @param users who exists
     * @param deliveries where mail is written
     * @param maildrops where the same mail is read
     * @param folder for what waits
     * @param elsewhere takes reports for senders who are not here
     * @param place what it is called, and where it listens
     * @throws IOException if a part cannot be started; none runs then
     * @throws RuntimeException if SMTP's port cannot be had, as SubEthaSMTP has it; none runs then, either
     */
    MailHost(
            Directory users,
            DeliveryTarget deliveries,
            MaildropStore maildrops,
            Path folder,
            NextHop elsewhere,
            Place place)
            throws IOException {
        Deliverer deliverer = Deliverer.over(users, deliveries);
        NextHop nextHop = NextHop.localFirst(RecipientRouter.over(users), deliverer, elsewhere);
        try {
            spool = parts.register(SpoolRelay.open(
                    folder.resolve("spool"), nextHop, SpoolOptions.defaults().withHostName(place.hostName())));
            pop3 = Pop3Server.builder(users, maildrops)
                    .listen(new InetSocketAddress(place.address(), place.pop3Port()))
                    .build();
            parts.register(pop3::close);
            smtp = SMTPServer.port(place.smtpPort())
                    .bindAddress(place.address())
                    .hostName(place.hostName())
                    .maxMessageSize(VirtualDomains.MAX_OCTETS)
                    .messageHandlerFactory(new VirtualDomains(deliverer, spool, folder))
                    .build();
            parts.register(smtp::stop);
            spool.start();
            smtp.start();
            pop3.start();
        } catch (IOException | RuntimeException e) {
            try (parts) {
                throw e;
            }
        }
    }

    int smtpPort() {
        return smtp.getPortAllocated();
    }

    int pop3Port() {
        return pop3.boundAddress().getPort();
    }

    SpoolRelay spool() {
        return spool;
    }

    /**
     * New mail is refused first; what is in the spool stays there for the next start.
     *
     * @throws IOException if a part could not be closed; all others are
     */
    @Override
    public void close() throws IOException {
        parts.close(); // from the last to the first
    }
}
