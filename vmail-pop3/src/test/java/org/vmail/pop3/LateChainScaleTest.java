package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.address.Domain;
import org.vmail.chain.LoginRoute;
import org.vmail.chain.Upstream;
import org.vmail.net.ServerOptions;

/** Many chained sessions at a time, on whatever threads the JVM has, and on platform threads. */
@Timeout(120)
class LateChainScaleTest {
    private static final int SESSIONS = 200;

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @Test
    void twoHundredSessionsAtATimeHearTheirOwnServer() throws Exception {
        converse(ServerOptions.defaults());
    }

    @Test
    void theSameOnPlatformThreads() throws Exception {
        ExecutorService platform = Executors.newCachedThreadPool();
        try {
            converse(ServerOptions.defaults().withExecutor(platform));
        } finally {
            platform.shutdown();
            assertThat(platform.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void converse(ServerOptions options) throws Exception {
        try (FakeUpstream fake = new FakeUpstream()) {
            LoginRoute route =
                    LoginRoute.mainDomain(Domain.of("main.example"), pop3.directory, Upstream.at(fake.address()));
            Pop3Server server = pop3.start(builder -> builder.loginRoute(route)
                    .serverOptions(options.withMaxConnections(2 * SESSIONS)
                            .withMaxConnectionsPerClient(2 * SESSIONS)
                            .withMaxHalfOpenConnections(2 * SESSIONS)
                            .withBacklog(2 * SESSIONS)));
            List<Pop3Client> clients = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                clients.add(pop3.connect(server));
            }
            ExecutorService users = Executors.newFixedThreadPool(SESSIONS);
            List<Future<String>> replies = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                Pop3Client client = clients.get(i);
                String own = "NOOP " + i;
                replies.add(users.submit(
                        () -> client.logIn("user" + own.length(), Pop3Fixture.PASSWORD) + " " + client.ask(own)));
            }
            for (int i = 0; i < SESSIONS; i++) {
                assertThat(replies.get(i).get()).endsWith(" +OK NOOP " + i);
            }
            assertThat(fake.connections()).as("all at the same time").isEqualTo(SESSIONS);
            users.shutdown();
            for (Pop3Client client : clients) {
                assertThat(client.ask("QUIT")).startsWith("+OK");
                client.close();
            }
            server.close();
        }
    }
}
