package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.auth.Authenticator;
import org.vmail.auth.AuthenticatorOptions;
import org.vmail.auth.LoginThrottle;
import org.vmail.chain.LoginRoute;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.Directory;
import org.vmail.directory.FileDirectory;
import org.vmail.domain.LoginResolver;
import org.vmail.domain.ReverseLookup;
import org.vmail.mailbox.MailboxesByDomain;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxStore;
import org.vmail.net.Listener;
import org.vmail.net.TlsContext;
import org.vmail.pop3.Pop3Server;

/** The parts, put together: a directory in files, Maildirs, POP3 out, LMTP in. */
final class ReferenceServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReferenceServer.class);

    private final Optional<Pop3Server> pop3;
    private final Optional<LmtpServer> lmtp;

    private final Outgoing outgoing;
    private final Accounts accounts;

    private ReferenceServer(
            Optional<Pop3Server> pop3, Optional<LmtpServer> lmtp, Outgoing outgoing, Accounts accounts) {
        this.pop3 = pop3;
        this.lmtp = lmtp;
        this.outgoing = outgoing;
        this.accounts = accounts;
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
        Accounts accounts = Accounts.open(settings);
        ReferenceServer server;
        try {
            server = over(accounts, settings, reverseLookup);
        } catch (IOException | RuntimeException e) {
            accounts.close();
            throw e;
        }
        server.start();
        return server;
    }

    private static ReferenceServer over(Accounts accounts, Settings settings, ReverseLookup reverseLookup)
            throws IOException {
        List<Listener> pop3Listeners = settings.pop3().listeners();
        Directory directory = accounts.directory();
        MailboxesByDomain mailboxes = mailboxes(settings, directory);

        Optional<Pop3Server> pop3 = Optional.empty();
        if (!pop3Listeners.isEmpty()) {
            Directory all = withSystemUsers(settings, directory);
            Pop3Server.Builder builder = Pop3Server.builder(all, withSystemUsers(settings, mailboxes))
                    .domains(settings.domainChoice().resolver(all, reverseLookup))
                    .logins(logins(settings, all))
                    .authenticator(Authenticator.over(all, passwords(settings)))
                    .throttle(LoginThrottle.with(settings.throttle()))
                    .options(settings.pop3().options())
                    .serverOptions(settings.pop3().server());
            if (settings.pop3().scramSecretFile().isPresent()) {
                builder.scramSecret(
                        SecretFile.readOrMake(settings.pop3().scramSecretFile().get()));
            }
            pop3Listeners.forEach(builder::listen);
            if (settings.tls().isPresent()) {
                builder.tls(tls(settings.tls().get()));
            } else if (pop3Listeners.stream().anyMatch(Listener::tls)) {
                throw new IOException("pop3.listen-tls needs a certificate; name one in tls.certificates");
            }
            settings.nativeDaemon().ifPresent(builder::nativeDaemon);
            settings.lateChain()
                    .ifPresent(chain ->
                            builder.loginRoute(LoginRoute.mainDomain(chain.mainDomain(), directory, chain.upstream())));
            pop3 = Optional.of(builder.build());
        }
        // What waits in the spool is sent even where nothing new comes in.
        Outgoing outgoing = Outgoing.forServer(settings, directory, mailboxes);
        try {
            return new ReferenceServer(pop3, lmtp(settings, outgoing.deliverer()), outgoing, accounts);
        } catch (IOException | RuntimeException e) {
            outgoing.close();
            throw e;
        }
    }

    private static Optional<LmtpServer> lmtp(Settings settings, Deliverer deliverer) throws IOException {
        Optional<LmtpServer> lmtp = Optional.empty();
        if (!settings.lmtp().listeners().isEmpty()) {
            LmtpServer.Builder builder = LmtpServer.builder(deliverer)
                    .options(settings.lmtp().options())
                    .serverOptions(settings.lmtp().server());
            settings.lmtp().listeners().forEach(builder::listen);
            if (settings.lmtp().startTls()) {
                builder.tls(tls(settings.tls()
                        .orElseThrow(() ->
                                new IOException("lmtp.starttls needs a certificate; name one in tls.certificates"))));
            }
            lmtp = Optional.of(builder.build());
        }
        return lmtp;
    }

    private void start() throws IOException {
        try {
            outgoing.start();
            if (lmtp.isPresent()) {
                lmtp.get().start();
            }
            if (pop3.isPresent()) {
                pop3.get().start();
            }
        } catch (IOException e) {
            close();
            throw e.getCause() instanceof SocketException
                    ? new IOException(e.getMessage() + "; end what is in the way, or change the setting listen", e)
                    : e;
        }
    }

    static FileDirectory directory(Settings settings) throws IOException {
        Path folder = settings.directory()
                .orElseThrow(() -> new IOException("The accounts are in a database (sql), and not in files"));
        if (!Files.isDirectory(folder) || !Files.isReadable(folder)) {
            throw new IOException("The directory folder " + folder
                    + " is missing or cannot be read; make it, or mount its file system, and let this user read it");
        }
        FileDirectory.Builder builder = FileDirectory.builder(folder);
        settings.hostedDomains().domains().forEach(builder::domain);
        builder.defaults(settings.hostedDomains().defaults());
        return builder.build();
    }

    /** Who can log in. Mail for the system's users is delivered by the system's MTA, and not by vmail. */
    static Directory withSystemUsers(Settings settings, Directory virtual) {
        return settings.systemUsers()
                .map(users -> users.directory().or(virtual))
                .orElse(virtual);
    }

    private static AuthenticatorOptions passwords(Settings settings) {
        AuthenticatorOptions options = settings.passwords();
        return settings.systemUsers()
                .flatMap(SystemUsers::verifier)
                .map(options::withVerifier)
                .orElse(options);
    }

    /** Where mail is read and written, but for the system's users. */
    static MailboxesByDomain mailboxes(Settings settings, Directory directory) throws IOException {
        MailboxSettings mailboxes = settings.mailboxes();
        Path folder = mailboxes.place().folder().root();
        if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw new IOException("The mail folder " + folder
                    + " is missing or cannot be written; make it, or mount its file system, and give it to this user");
        }
        MailboxesByDomain all = mailboxes(settings, directory, mailboxes.place());
        for (Map.Entry<Domain, MailboxSettings.Place> domain :
                mailboxes.ofDomains().entrySet()) {
            all = all.with(domain.getKey(), mailboxes(settings, directory, domain.getValue()));
        }
        return all;
    }

    private static MailboxesByDomain mailboxes(Settings settings, Directory directory, MailboxSettings.Place place) {
        QuotaLimits limits = QuotaLimits.over(directory);
        return switch (place.format()) {
            // Always, as a quota may be given to an account any time; without one no mailbox is counted.
            case MAILDIR -> MailboxesByDomain.of(maildirs(settings, place).withQuota(warning(limits)));
            case MBOX ->
                MailboxesByDomain.of(MboxStore.in(place.folder())
                        .withLocks(settings.mailboxes().locks())
                        .withQuota(warning(MboxStore.quotaFiles(place.folder(), limits))));
        };
    }

    private static MaildropStore withSystemUsers(Settings settings, MaildropStore virtual) {
        return settings.systemUsers()
                .map(users -> users.besides(virtual, settings.mailboxes().locks()))
                .orElse(virtual);
    }

    private static QuotaPolicy warning(QuotaLimits limits) {
        return QuotaPolicy.of(limits)
                .withWarnings((account, percent, quota, usage) -> LOG.warn(
                        "Mailbox nearly full: mailbox={} percent={} has={} may={}", account, percent, usage, quota));
    }

    static MaildirStore maildirs(Settings settings, MailboxSettings.Place place) {
        return MaildirStore.in(place.folder())
                .withListingMemory(settings.mailboxes().listingMemory());
    }

    static TlsContext tls(Settings.Tls settings) throws IOException {
        TlsContext.Builder builder =
                TlsContext.builder().reloadInterval(settings.reloadInterval()).warmUp(settings.warmUp());
        settings.certificates().forEach(certificate -> builder.certificate(certificate.chain(), certificate.key()));
        if (settings.onlyTls13()) {
            builder.onlyTls13();
        }
        return builder.build();
    }

    private static LoginResolver logins(Settings settings, Directory directory) {
        LoginResolver logins =
                LoginResolver.over(directory).withSplitter(settings.splitter()).withPolicy(settings.policy());
        return settings.defaultDomain().map(logins::withDefaultDomain).orElse(logins);
    }

    List<InetSocketAddress> pop3Addresses() {
        return pop3.map(Pop3Server::boundAddresses).orElse(List.of());
    }

    List<InetSocketAddress> lmtpAddresses() {
        return lmtp.map(LmtpServer::boundAddresses).orElse(List.of());
    }

    @Override
    public void close() {
        lmtp.ifPresent(LmtpServer::close);
        pop3.ifPresent(Pop3Server::close);
        outgoing.close();
        accounts.close();
    }
}
