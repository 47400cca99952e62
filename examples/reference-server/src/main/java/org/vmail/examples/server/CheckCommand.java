package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.ReverseLookup;
import org.vmail.net.ConnectionInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what a configuration means, and what is wrong with it, without serving. */
@Command(
        name = "check",
        description = "Checks the configuration, the directory and the mail folder, and says what each address is for.",
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @Mixin
    private ConfigOption config = new ConfigOption();

    @Override
    public Integer call() throws Exception {
        Settings settings = config.read();
        try (Accounts accounts = Accounts.open(settings)) {
            return check(settings, accounts);
        }
    }

    private static int check(Settings settings, Accounts accounts) throws IOException {
        Directory all = ReferenceServer.withSystemUsers(settings, accounts.directory());
        ReferenceServer.mailboxes(settings, accounts.directory());
        List<String> problems = new ArrayList<>(accounts.problems());
        if (problems.isEmpty() || settings.sql().isEmpty()) { // a database that fails has no domains to compare with
            problems.addAll(problems(settings, all));
        }
        problems.addAll(problems(settings.mailboxes(), accounts.domains()));
        problems.forEach(System.err::println);
        System.out.println(accounts.summary());
        DomainResolver resolver = settings.domainChoice().resolver(all, ReverseLookup.system());
        if (settings.tls().isPresent()) {
            ReferenceServer.tls(settings.tls().get());
        }
        List<InetSocketAddress> addresses = settings.pop3().listeners().stream()
                .flatMap(listener -> listener.address().stream())
                .toList();
        for (InetSocketAddress address : addresses) {
            System.out.println(address.getAddress().getHostAddress() + ": " + meaning(resolver, address));
        }
        if (!problems.isEmpty()) {
            System.err.println(
                    "vmail: " + problems.size() + " problems; what they concern does not work, the rest does");
            return Sysexits.CONFIG;
        }
        System.out.println("all is well");
        return Sysexits.OK;
    }

    private static List<String> problems(Settings settings, Directory directory) throws IOException {
        List<String> problems = new ArrayList<>();
        problems.addAll(missing(directory, "addresses", settings.domainChoice().addresses()));
        problems.addAll(missing(directory, "ports", settings.domainChoice().ports()));
        for (Domain domain : settings.defaultDomain().stream().toList()) {
            if (directory.domain(domain).isEmpty()) {
                problems.add("login.default-domain is " + domain + ", which is not hosted");
            }
        }
        Path spool = settings.lmtp().options().spoolFolder();
        if (!Files.isDirectory(spool) || !Files.isWritable(spool)) {
            problems.add("lmtp.spool-folder: " + spool + " is missing or cannot be written");
        }
        settings.relay().ifPresent(relay -> problems.addAll(relay.problems()));
        settings.autoReplies().ifPresent(replies -> problems.addAll(replies.problems()));
        return problems;
    }

    private static List<String> problems(MailboxSettings mailboxes, List<Domain> domains) {
        List<String> problems = new ArrayList<>();
        try {
            mailboxes.place().folder().requireMarker();
        } catch (IOException e) {
            problems.add("mailboxes.marker: " + Reasons.of(e));
        }
        for (Domain domain : domains) {
            try {
                mailboxes.of(domain).folder().mailbox(new MailAddress("postmaster", domain));
            } catch (IOException e) {
                problems.add(domain + ": " + Reasons.of(e));
            }
        }
        return problems;
    }

    private static List<String> missing(Directory directory, String table, Map<?, Domain> domains) throws IOException {
        List<String> problems = new ArrayList<>();
        for (Map.Entry<?, Domain> entry : domains.entrySet()) {
            if (directory.domain(entry.getValue()).isEmpty()) {
                problems.add("domain-choice." + table + " gives " + entry.getKey() + " to " + entry.getValue()
                        + ", which is not hosted");
            }
        }
        return problems;
    }

    private static String meaning(DomainResolver resolver, InetSocketAddress address) {
        if (address.getAddress().isAnyLocalAddress()) {
            return "every address of this machine";
        }
        resolver.prepare(Set.of(address.getAddress()));
        try {
            DomainChoice choice = resolver.resolve(ConnectionInfo.plain(address, address));
            String meaning = choice instanceof DomainChoice.Hosted hosted
                    ? hosted.domain().name()
                    : choice instanceof DomainChoice.Shared
                            ? "all domains"
                            : "the native daemon, or the default domain";
            return meaning + " [" + choice.rule() + "]";
        } catch (IOException e) {
            return "not known: " + Reasons.of(e);
        }
    }
}
