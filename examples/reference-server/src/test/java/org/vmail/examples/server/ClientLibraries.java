package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.Store;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Locale;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.commons.net.pop3.POP3Client;
import org.apache.commons.net.pop3.POP3SClient;
import org.eclipse.angus.mail.pop3.POP3Store;

/** The mail clients among {@link MailClient} that are Java libraries. */
final class ClientLibraries {
    private static final int LIMIT_MILLIS = 30_000;

    private ClientLibraries() {}

    static void angus(MailClient.Session session, int count) throws Exception {
        String protocol = session.transport() == Transport.POP3S ? "pop3s" : "pop3";
        Properties properties = new Properties();
        String prefix = "mail." + protocol + ".";
        properties.put(prefix + "timeout", String.valueOf(LIMIT_MILLIS));
        properties.put(prefix + "connectiontimeout", String.valueOf(LIMIT_MILLIS));
        properties.put(prefix + "apop.enable", String.valueOf(session.apop()));
        properties.put(prefix + "starttls.enable", String.valueOf(session.transport() == Transport.STLS));
        properties.put(prefix + "starttls.required", String.valueOf(session.transport() == Transport.STLS));
        properties.put(prefix + "ssl.socketFactory", trusting(session.trust()).getSocketFactory());
        properties.put(prefix + "ssl.checkserveridentity", "true");
        if (session.login().equals("plain") || session.login().equals("login")) {
            properties.put(prefix + "auth.mechanisms", session.login().toUpperCase(Locale.ROOT));
        }
        try (Store store = jakarta.mail.Session.getInstance(properties).getStore(protocol)) {
            store.connect(session.host(), session.server().getPort(), session.user(), session.password());
            assertThat(((POP3Store) store).capabilities()).containsKey("UIDL");
            try (Folder inbox = store.getFolder("INBOX")) {
                inbox.open(Folder.READ_ONLY);
                assertThat(inbox.getMessageCount()).isEqualTo(count);
                for (Message message : inbox.getMessages()) {
                    try (OutputStream out = new BufferedOutputStream(
                            Files.newOutputStream(file(session, message.getMessageNumber())))) {
                        message.writeTo(out);
                    }
                }
            }
        }
    }

    static void commonsNet(MailClient.Session session, int count) throws Exception {
        POP3Client client = session.transport() == Transport.CLEAR_TEXT
                ? new POP3Client()
                : new POP3SClient("TLS", session.transport() == Transport.POP3S, trusting(session.trust()));
        if (client instanceof POP3SClient secure) {
            secure.setEndpointCheckingEnabled(true);
        }
        client.setDefaultTimeout(LIMIT_MILLIS);
        client.connect(session.server().getAddress(), session.server().getPort());
        try {
            if (client instanceof POP3SClient secure && session.transport() == Transport.STLS) {
                assertThat(secure.execTLS()).as(client.getReplyString()).isTrue();
            }
            boolean in = client.login(session.user(), session.password());
            assertThat(in).as(client.getReplyString()).isTrue();
            assertThat(client.listMessages()).hasSize(count);
            for (int number = 1; number <= count; number++) {
                try (Reader message = client.retrieveMessage(number);
                        Writer out = Files.newBufferedWriter(file(session, number), ISO_8859_1)) {
                    message.transferTo(out);
                }
            }
            assertThat(client.logout()).isTrue();
        } finally {
            client.disconnect();
        }
    }

    private static Path file(MailClient.Session session, int number) {
        return session.fetched().resolve(String.valueOf(number));
    }

    private static SSLContext trusting(Path certificate) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            trusted.setCertificateEntry(
                    "server", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
