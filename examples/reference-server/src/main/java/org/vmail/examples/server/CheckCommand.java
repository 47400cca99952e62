package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.vmail.address.Domain;
import org.vmail.directory.FileDirectory;
import org.vmail.directory.FileProblem;
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
        FileDirectory directory = ReferenceServer.directory(settings);
        ReferenceServer.mail(settings);
        List<FileProblem> problems = directory.problems();
        problems.forEach(System.err::println);
        List<Domain> domains = directory.domains();
        System.out.println(domains.size() + " domains: " + domains);
        DomainResolver resolver = ReferenceServer.domains(settings, directory, ReverseLookup.system());
        for (InetSocketAddress address : settings.pop3().listen()) {
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
            return "not known: " + e.getMessage();
        }
    }
}
