package org.vmail.examples.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.LoginSplitter;
import org.vmail.auth.AuthenticatorOptions;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.chain.NativeDaemon;
import org.vmail.chain.Upstream;
import org.vmail.delivery.CommandOptions;
import org.vmail.delivery.lmtp.LmtpOptions;
import org.vmail.domain.DomainPolicy;
import org.vmail.net.Listener;
import org.vmail.net.ServerOptions;
import org.vmail.pop3.Pop3Options;

/** What the configuration file says. {@link SettingsFile} reads it. */
record Settings(
        Optional<Path> directory,
        Optional<SqlSettings> sql,
        MailboxSettings mailboxes,
        Pop3 pop3,
        Lmtp lmtp,
        Optional<Tls> tls,
        DomainSettings domainChoice,
        LoginSplitter splitter,
        DomainPolicy policy,
        Optional<Domain> defaultDomain,
        AuthenticatorOptions passwords,
        LoginThrottleOptions throttle,
        Optional<NativeDaemon> nativeDaemon,
        Optional<LateChain> lateChain,
        Optional<SystemUsers> systemUsers,
        HostedDomainSettings hostedDomains,
        CommandOptions commands,
        Optional<RelaySettings> relay,
        Optional<AutoReplySettings> autoReplies) {
    record Pop3(List<Listener> listeners, Optional<Path> scramSecretFile, Pop3Options options, ServerOptions server) {}

    record Tls(List<Certificate> certificates, boolean onlyTls13, Duration reloadInterval, int warmUp) {}

    record Certificate(Path chain, Path key) {}

    /** The server of the main domain's users, where a login tells that it is one of theirs. */
    record LateChain(Domain mainDomain, Upstream upstream) {}

    record Lmtp(List<Listener> listeners, boolean startTls, LmtpOptions options, ServerOptions server, Copies copies) {}

    /**
     * How a message gets to several mailboxes.
     *
     * @param parallel how many copies of one message are written at the same time
     * @param threads how many threads help all messages with that
     * @param hardLinks whether mailboxes may share a file
     */
    record Copies(int parallel, int threads, boolean hardLinks) {}
}
