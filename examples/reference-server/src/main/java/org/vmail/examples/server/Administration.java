package org.vmail.examples.server;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.FileDirectory;
import org.vmail.directory.FileDirectoryEditor;
import org.vmail.directory.HostedDomain;

/** What the commands that change the directory have in common. */
record Administration(Settings settings, FileDirectory directory, FileDirectoryEditor editor, ArchivedMail archive) {
    /** A running server asks the files at least every second, and takes a change up when it finds it for the second time. */
    static final Duration TAKEN_UP = Duration.ofSeconds(3);

    static Administration of(ConfigOption config) throws SettingsException, IOException {
        Settings settings = config.read();
        FileDirectory directory = ReferenceServer.directory(settings);
        return new Administration(
                settings, directory, directory.editor(), new ArchivedMail(settings, Clock.systemUTC()));
    }

    /** Something that is to be done, and may turn out to make no sense. */
    @FunctionalInterface
    interface Work {
        int run() throws IOException;
    }

    /** Runs a command, and says in one line why it is not possible. */
    static int run(Work work) throws IOException {
        try {
            return work.run();
        } catch (IllegalArgumentException e) {
            return refused(String.valueOf(e.getMessage()));
        }
    }

    static int refused(String reason) {
        System.err.println("vmail: " + reason);
        return Sysexits.DATAERR;
    }

    /** Says what came of an edit. */
    static int told(FileDirectoryEditor.Result result, String done) {
        Optional<String> refusal = result.refusal();
        if (refusal.isPresent()) {
            return refused(refusal.get());
        }
        System.out.println(done);
        return Sysexits.OK;
    }

    /** The account of an argument, under the main name of its domain. */
    MailAddress account(String text) throws IOException {
        MailAddress address = MailAddress.of(text);
        return new MailAddress(address.localPart(), mainName(address.domain())).toLowerCase();
    }

    /** The main name of a domain, or what was given if it is not hosted. */
    Domain mainName(Domain name) throws IOException {
        return settings.hostedDomains().domains().stream()
                .filter(domain -> domain.aliases().contains(name))
                .map(HostedDomain::name)
                .findFirst()
                .orElse(name);
    }

    /**
     * Waits until a running server knows.
     *
     * @param wait how long, such as {@code 3s}; empty for the usual time
     */
    static void takenUp(Optional<String> wait) throws IOException {
        try {
            TimeUnit.NANOSECONDS.sleep(
                    wait.map(SettingsTable::durationOf).orElse(TAKEN_UP).toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted; the same command again completes it", e);
        }
    }
}
