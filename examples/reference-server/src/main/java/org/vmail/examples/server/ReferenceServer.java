package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.vmail.auth.Authenticator;
import org.vmail.auth.LoginThrottle;
import org.vmail.chain.LoginRoute;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.FileDirectory;
import org.vmail.domain.LoginResolver;
import org.vmail.domain.ReverseLookup;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxStore;
import org.vmail.net.Listener;
import org.vmail.net.TlsContext;
import org.vmail.pop3.Pop3Server;

/** The parts, put together: a directory in files, Maildirs, POP3 out, LMTP in. */
final class ReferenceServer implements AutoCloseable {
    private final Optional<Pop3Server> pop3;
    private final Optional<LmtpServer> lmtp;

    private ReferenceServer(Optional<Pop3Server> pop3, Optional<LmtpServer> lmtp) {
        this.pop3 = pop3;
        this.lmtp = lmtp;
    }

    /**
     * Starts what the settings ask for.
     *
     * @param reverseLookup where the names of our own addresses come from
     */
    static ReferenceServer start(Settings settings, ReverseLookup reverseLookup) throws IOException {
        List<Listener> pop3Listeners = settings.pop3().listeners();
        List<Listener> lmtpListeners = settings.lmtp().listeners();
        if (pop3Listeners.isEmpty() && lmtpListeners.isEmpty()) {
            throw new IOException(
                    "There is nothing to serve: none of pop3.listen, pop3.listen-tls and lmtp.listen names an address");
        }
        FileDirectory directory = directory(settings);
        Mail mail = mail(settings);

        Optional<Pop3Server> pop3 = Optional.empty();
        if (!pop3Listeners.isEmpty()) {
            Pop3Server.Builder builder = Pop3Server.builder(directory, mail.maildrops())
                    .domains(settings.domainChoice().resolver(directory, reverseLookup))
                    .logins(logins(settings, directory))
                    .authenticator(Authenticator.over(directory, settings.passwords()))
                    .throttle(LoginThrottle.with(settings.throttle()))
                    .options(settings.pop3().options())
                    .serverOptions(settings.pop3().server());
            pop3Listeners.forEach(builder::listen);
