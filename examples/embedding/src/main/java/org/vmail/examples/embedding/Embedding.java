package org.vmail.examples.embedding;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainResolver;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.pop3.Pop3Server;

/** A mail server for two domains in one program. The lines between the marks stand in the README. */
record Embedding(LmtpServer lmtp, Pop3Server pop3) implements AutoCloseable {
    static Embedding start(Path folder, InetSocketAddress lmtpAddress, InetSocketAddress pop3Address)
            throws IOException {
        // README begins
        Directory users = Directory.inMemory()
                .account("joe@a.example", "apple")
                .account("joe@b.example", "banana")
                .alias("staff@b.example", "joe@b.example")
                .build();
        MaildirStore mail = MaildirStore.under(folder);

        LmtpServer lmtp = LmtpServer.builder(Deliverer.over(users, mail))
                .listen(lmtpAddress)
                .build();
        Pop3Server pop3 = Pop3Server.builder(users, mail)
                .listen(pop3Address)
                .domains(DomainResolver.reverseLookup(users))
                .build();
        lmtp.start();
        pop3.start();
        // README ends
        return new Embedding(lmtp, pop3);
    }

    @Override
    public void close() {
        pop3.close();
        lmtp.close();
    }
}
