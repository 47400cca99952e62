package org.vmail.pop3;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.vmail.directory.Directory;
import org.vmail.mailbox.OpenResult;

/** Serves a {@link VirtualMaildrop} from a JVM of its own, until its standard input ends. */
final class SmallServer {
    private SmallServer() {}

    /** Takes the number of messages and their octets; prints the port. */
    public static void main(String[] args) throws IOException {
        VirtualMaildrop maildrop = new VirtualMaildrop(Integer.parseInt(args[0]), Long.parseLong(args[1]));
        Directory users = Directory.inMemory()
                .account(Pop3Fixture.JOE.toString(), Pop3Fixture.PASSWORD)
                .build();
        try (Pop3Server server = Pop3Server.builder(users, account -> new OpenResult.Opened(maildrop))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .build()) {
            server.start();
            System.out.println(server.boundAddress().getPort());
            int end = System.in.read();
            System.exit(end < 0 ? 0 : 1);
        }
    }
}
