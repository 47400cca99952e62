package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.auth.Authenticator;
import org.vmail.auth.SaslMechanism;
import org.vmail.net.TestCertificate;
import org.vmail.pop3.Events.Event;

/** A password that would cross the network in clear text is refused before anybody looks at it (RFC 8314, section 4.1). */
class Pop3ClearTextTest {
    private static final Pop3Options NEVER = Pop3Fixture.OPTIONS
            .withClearTextLogin(ClearTextLogin.NEVER)
            .withSaslMechanisms(Set.of(SaslMechanism.PLAIN, SaslMechanism.LOGIN, SaslMechanism.SCRAM_SHA_256));

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @TempDir
    private Path folder;

    private final Events events = new Events();
    private final AtomicInteger asked = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "USER joe@a.example",
                "PASS open sesame 1001",
                "AUTH PLAIN",
                "AUTH PLAIN AGpvZUBhLmV4YW1wbGUAb3BlbiBzZXNhbWUgMTAwMQ==",
                "AUTH LOGIN",
                "auth plain ="
            })
    void nothingIsLookedAt(String command) throws Exception {
        Pop3Client client = pop3.connect(start());

        assertThat(client.ask(command)).startsWith("-ERR [AUTH]");
        assertThat(client.ask("STAT")).as("the session goes on").startsWith("-ERR log in");
        pop3.stopAll();
        assertThat(asked).hasValue(0);
        Event refused = events.named("loginFailed").get(0);
        assertThat(refused.values()).contains(LoginFailure.CLEAR_TEXT, "");
        assertThat(events.all.toString()).doesNotContain(Pop3Fixture.PASSWORD, "AGpvZ");
    }

    @Test
    void whatIsRefusedIsNotOffered() throws IOException {
        Pop3Client client = pop3.connect(start());

        assertThat(client.lines("CAPA")).contains("SASL SCRAM-SHA-256", "STLS").doesNotContain("USER");
        assertThat(client.lines("AUTH")).containsExactly("SCRAM-SHA-256");
    }

    @Test
    void withinTlsItIsOfferedAndWorks() throws IOException {
        Pop3Server server = start();
        try (SecureClient client = SecureClient.connect(server.boundAddress())) {
            client.readLine();
            client.ask("STLS");
            client.startTls("pop.a.example");

            assertThat(client.lines("CAPA")).contains("USER", "SASL PLAIN LOGIN SCRAM-SHA-256");
            client.ask("USER joe@a.example");
            assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD)).startsWith("+OK");
        }
        assertThat(asked).hasValue(1);
    }

    @Test
    void refusalsAreBadCommandsAndCounted() throws IOException {
        Pop3Client client = pop3.connect(start());
        for (String command : List.of("USER joe", "PASS x", "AUTH PLAIN", "USER joe", "PASS x")) {
            assertThat(client.ask(command)).startsWith("-ERR [AUTH]");
        }

        assertThat(client.raw().readToEnd()).isEmpty();
    }

    private Pop3Server start() throws IOException {
        Authenticator checked = Authenticator.over(pop3.directory);
        var tls = TestCertificate.server(folder, TestCertificate.ec("pop.a.example"))
                .build();
        return pop3.start(builder -> builder.tls(tls)
                .listener(events)
                .options(NEVER.withMaxBadCommandsBeforeLogin(5))
                .authenticator((address, password) -> {
                    asked.incrementAndGet();
                    return checked.authenticate(address, password);
                }));
    }
}
