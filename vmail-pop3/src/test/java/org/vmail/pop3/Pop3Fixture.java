package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.vmail.address.MailAddress;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.net.LogRecorder;

/**
 * POP3 servers on free loopback ports, with one directory and one store in memory. Behind every test no thread of theirs is
 * left, and no log event of any level has a password or a hash.
 */
final class Pop3Fixture implements BeforeEachCallback, AfterEachCallback {
    static final String PASSWORD = "open sesame 1001";
    static final String WRONG_PASSWORD = "open barley 4711";
    static final String HASHED_PASSWORD = "three thousand years";
    static final PasswordHash HASH = PasswordHasher.withCost(4).hash(Password.of(HASHED_PASSWORD));
    static final MailAddress JOE = MailAddress.of("joe@a.example");
    static final Pop3Options OPTIONS = Pop3Options.defaults().withFailureDelay(Duration.ZERO);

    private static final LoginThrottle NO_THROTTLE =
            LoginThrottle.with(LoginThrottleOptions.defaults().withPenalties(List.of()));
    private static final List<String> SECRETS = List.of(PASSWORD, WRONG_PASSWORD, HASHED_PASSWORD, HASH.encoded());
    private static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    final InMemoryStore store = new InMemoryStore();
    final Directory directory = Directory.inMemory()
            .account("joe@a.example", PASSWORD)
            .account("joe@b.example", "b's " + PASSWORD)
            .account(new Account(MailAddress.of("ann@a.example"), HASH))
            .account(new Account(MailAddress.of("locked@a.example"), PasswordHash.locked()))
            .build();

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private LogRecorder log;

    @Override
    public void beforeEach(ExtensionContext context) {
        log = new LogRecorder();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        stopAll();
        log.close();
        assertThat(log.texts())
                .as("no secrets in logs")
                .noneMatch(text -> SECRETS.stream().anyMatch(text::contains));
        // A pool counts as terminated a moment before its last thread is.
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .as("no thread is left")
                        .noneMatch(thread -> thread.getName().startsWith("pop3")));
    }

    /** Closes all clients and servers, so that every session has ended and was logged. */
    void stopAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    LogRecorder log() {
        return log;
    }

    /** Starts a server with the fixture's directory and store. */
    Pop3Server start() throws IOException {
        return start(store, builder -> builder);
    }

    Pop3Server start(UnaryOperator<Pop3Server.Builder> settings) throws IOException {
        return start(store, settings);
    }

    Pop3Server start(MaildropStore maildrops, UnaryOperator<Pop3Server.Builder> settings) throws IOException {
        return startBare(Pop3Server.builder(directory, maildrops), builder -> settings.apply(onLoopback(builder)));
    }

    static Pop3Server.Builder onLoopback(Pop3Server.Builder builder) {
        return builder.listen(LOOPBACK);
    }

    /** Starts a server that listens only where the settings say. */
    Pop3Server startBare(Pop3Server.Builder builder, UnaryOperator<Pop3Server.Builder> settings) throws IOException {
        Pop3Server server =
                settings.apply(builder.options(OPTIONS).throttle(NO_THROTTLE)).build();
        opened.push(server);
        server.start();
        return server;
    }

    /** A client that has read the greeting. */
    Pop3Client connect(Pop3Server server) throws IOException {
        Pop3Client client = connectSilently(server, 0);
        assertThat(client.status()).as("RFC 1939, section 4: greeting").startsWith("+OK");
        return client;
    }

    /** A client that has read nothing, at one of the server's addresses. */
    Pop3Client connectSilently(Pop3Server server, int address) throws IOException {
        Pop3Client client = Pop3Client.connect(server.boundAddresses().get(address));
        opened.push(client);
        return client;
    }

    /** A client that has logged in as Joe of a.example. */
    Pop3Client logIn(Pop3Server server) throws IOException {
        Pop3Client client = connect(server);
        assertThat(client.logIn("joe@a.example", PASSWORD)).startsWith("+OK");
        return client;
    }

    /** Starts a server whose Joe has these messages, and logs in as him. */
    Pop3Client logInWith(String... messages) throws IOException {
        deliver(store, messages);
        return logIn(start());
    }

    /** Delivers to Joe of a.example. */
    static void deliver(DeliveryTarget target, String... messages) throws IOException {
        for (String message : messages) {
            try (Delivery delivery = target.begin(JOE)) {
                try (OutputStream out = delivery.message()) {
                    out.write(message.getBytes(ISO_8859_1));
                }
                delivery.commit();
            }
        }
    }

    /** How many messages Joe of a.example has; nobody may have his maildrop open. */
    int count() throws IOException {
        OpenResult result = store.open(JOE);
        assertThat(result).as("the maildrop is free").isInstanceOf(OpenResult.Opened.class);
        try (var maildrop = ((OpenResult.Opened) result).maildrop()) {
            return maildrop.messages().size();
        }
    }
}
