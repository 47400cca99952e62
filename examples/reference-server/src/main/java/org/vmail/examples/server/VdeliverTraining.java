package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.vmail.domain.ReverseLookup;

/**
 * Delivers in each of {@link Vdeliver}'s ways, once, to a site of its own that is gone afterwards: for a JVM that keeps the
 * classes that takes in an archive (JEP 350), with which later ones start sooner.
 */
final class VdeliverTraining {
    private VdeliverTraining() {}

    public static void main(String[] arguments) throws IOException, SettingsException {
        DemoSite site = DemoSite.create();
        int status;
        try {
            Path socket = site.folder().resolve("lmtp");
            Path config = Files.writeString(site.config(), """
                    directory = "%1$s"
                    mail = "%1$s/mail"
                    lmtp.listen = ["unix:%2$s"]
                    """.formatted(site.folder(), socket));
            ReferenceServer server = ReferenceServer.start(SettingsFile.read(config), ReverseLookup.system());
            try (server) {
                status = deliver("joe@a.example", "--lmtp", socket.toString());
            }
            status = Math.max(status, deliver("joe@b.example", "--config", config.toString()));
        } finally {
            site.delete();
        }
        System.exit(status);
    }

    private static int deliver(String recipient, String... way) {
        System.setIn(new ByteArrayInputStream("From ann\nSubject: hello\n\nhello\n".getBytes(US_ASCII)));
        return Vdeliver.run(List.of("-f", "ann@far.example", "-d", recipient, way[0], way[1]));
    }
}
