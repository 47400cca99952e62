package org.vmail.examples.subethasmtp;

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
    private final SpoolRelay spool;
    private final SMTPServer smtp;
    private final Pop3Server pop3;

    /**
     * Starts all of it.
     *
     * @param users who exists
     * @param deliveries where mail is written
     * @param maildrops where the same mail is read
     * @param folder for what waits
     * @param elsewhere takes reports for senders who are not here
     */
    MailHost(Directory users, DeliveryTarget deliveries, MaildropStore maildrops, Path folder, NextHop elsewhere)
            throws IOException {
        Deliverer deliverer = Deliverer.over(users, deliveries);
        NextHop nextHop = NextHop.localFirst(RecipientRouter.over(users), deliverer, elsewhere);
        spool = SpoolRelay.open(
                folder.resolve("spool"), nextHop, SpoolOptions.defaults().withHostName("mx.a.example"));
        smtp = SMTPServer.port(0)
                .bindAddress(InetAddress.getLoopbackAddress())
                .hostName("mx.a.example")
                .maxMessageSize(VirtualDomains.MAX_OCTETS)
                .messageHandlerFactory(new VirtualDomains(deliverer, spool, folder))
                .build();
        pop3 = Pop3Server.builder(users, maildrops)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .build();
        spool.start();
        smtp.start();
        pop3.start();
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

    /** New mail is refused first; what is in the spool stays there for the next start. */
    @Override
    public void close() throws IOException {
        smtp.stop();
        pop3.close();
        spool.close();
    }
}
