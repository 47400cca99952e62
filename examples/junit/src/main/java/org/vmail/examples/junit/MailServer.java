package org.vmail.examples.junit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.Directory;
import org.vmail.directory.InMemoryDirectoryBuilder;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Pop3Server;

/**
 * Gives each test a mail server of its own: POP3 and LMTP on free loopback ports, and mailboxes in memory that are empty when the
 * test begins.
 *
 * <pre>{@code
 * @RegisterExtension
 * final MailServer mail = MailServer.with("joe@a.example", "apple");
 * }</pre>
 *
 * <p>A failed login is answered at once. Used by one test at a time; the servers may be used by any number of threads.
 */
public final class MailServer implements BeforeEachCallback, AfterEachCallback {
    private final Consumer<InMemoryDirectoryBuilder> users;
    private Optional<Running> running = Optional.empty();

    /** What one test has. */
    private record Running(Directory users, InMemoryStore mail, Pop3Server pop3, LmtpServer lmtp) {
        void close() {
            lmtp.closeGracefully(Duration.ZERO);
            pop3.closeGracefully(Duration.ZERO);
        }
    }

    private MailServer(Consumer<InMemoryDirectoryBuilder> users) {
        this.users = users;
    }

    /**
     * A server with one account.
     *
     * @param address such as {@code joe@a.example}
     * @param password in clear text
     * @return the extension
     */
    public static MailServer with(String address, String password) {
        return with(builder -> builder.account(address, password));
    }

    /**
     * A server with any accounts, aliases and domains.
     *
     * @param users adds them, once for each test
     * @return the extension
     */
    public static MailServer with(Consumer<InMemoryDirectoryBuilder> users) {
        return new MailServer(users);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        InMemoryDirectoryBuilder builder = Directory.inMemory();
        users.accept(builder);
        Directory directory = builder.build();
        InMemoryStore mail = new InMemoryStore();
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Running started = new Running(
                directory,
                mail,
                Pop3Server.builder(directory, mail)
                        .listen(anyPort)
                        .options(Pop3Options.defaults().withFailureDelay(Duration.ZERO))
                        .build(),
                LmtpServer.builder(Deliverer.over(directory, mail))
                        .listen(anyPort)
                        .build());
        running = Optional.of(started);
        started.pop3().start();
        started.lmtp().start();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        running.ifPresent(Running::close);
        running = Optional.empty();
    }

    /**
     * Where POP3 is spoken.
     *
     * @return the address
     */
    public InetSocketAddress pop3() {
        return now().pop3().boundAddress();
    }

    /**
     * Where LMTP is spoken.
     *
     * @return the address
     */
    public InetSocketAddress lmtp() {
        return now().lmtp().boundAddress();
    }

    /**
     * Puts a message into a mailbox.
     *
     * @param account whose
     * @param message header, an empty line, and body
     * @throws IllegalArgumentException if there is no such account
     * @throws IOException if there is no room
     */
    public void deliver(String account, String message) throws IOException {
        now().mail().deliver(known(account), message.getBytes(UTF_8));
    }

    /**
     * What a mailbox has.
     *
     * @param account whose
     * @return the messages, oldest first, lines ending in CRLF
     * @throws IllegalArgumentException if there is no such account
     * @throws IllegalStateException if somebody is logged in there
     * @throws IOException if they cannot be read
     */
    public List<String> messages(String account) throws IOException {
        if (!(now().mail().open(known(account)) instanceof OpenResult.Opened opened)) {
            throw new IllegalStateException(account + " is logged in");
        }
        try (Maildrop maildrop = opened.maildrop()) {
            List<String> messages = new ArrayList<>();
            for (StoredMessage message : maildrop.messages()) {
                try (InputStream content = maildrop.content(message).orElseThrow()) {
                    messages.add(new String(content.readAllBytes(), UTF_8));
                }
            }
            return messages;
        }
    }

    private MailAddress known(String account) throws IOException {
        MailAddress address = MailAddress.of(account);
        return now().users()
                .account(address)
                .orElseThrow(() -> new IllegalArgumentException("There is no account " + account))
                .address();
    }

    private Running now() {
        return running.orElseThrow(() -> new IllegalStateException("The server runs while a test does"));
    }
}
