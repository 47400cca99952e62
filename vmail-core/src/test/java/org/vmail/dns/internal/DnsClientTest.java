package org.vmail.dns.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DnsClientTest {
    private static final InetAddress ONE = InetAddresses.forString("192.0.2.1");
    private static final String REVERSE_OF_ONE = "1.2.0.192.in-addr.arpa";
    private static final Duration PATIENT = Duration.ofSeconds(20);
    private static final Duration IMPATIENT = Duration.ofMillis(60);

    private final List<FakeDns> servers = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
        for (FakeDns server : servers) {
            server.close();
        }
    }

    private FakeDns server(FakeDns.Behaviour behaviour) throws IOException {
        FakeDns server = FakeDns.start(behaviour);
        servers.add(server);
        return server;
    }

    private FakeDns answering(Function<FakeDns.Query, DnsReply> answer) throws IOException {
        return server(FakeDns.answers(answer));
    }

    private DnsClient client(Duration timeout, int attempts) {
        List<InetSocketAddress> addresses =
                servers.stream().map(FakeDns::address).toList();
        return new DnsClient(addresses, timeout, attempts);
    }

    private DnsClient client() {
        return client(PATIENT, 1);
    }

    private static void assertNoAnswer(DnsClient client, String reason) {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> client.pointers(ONE))
                .withMessageContaining(reason)
                .withMessageContaining("127.0.0.1");
    }

    @ParameterizedTest
    @CsvSource({
        "10.2.0.52, 52.0.2.10.in-addr.arpa",
        "192.0.2.255, 255.2.0.192.in-addr.arpa",
        "0.0.0.0, 0.0.0.0.in-addr.arpa",
        "4321:0:1:2:3:4:567:89ab, b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
        "::1, 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
        "2001:db8::ff, f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    })
    void theReverseNameIsTheAddressBackwards(String address, String name) {
        assertThat(DnsClient.reverseName(InetAddresses.forString(address)))
                .as("RFC 1035, 3.5, and RFC 3596, 2.5")
                .isEqualTo(name);
    }

    @Test
    void theNamesOfAnAddressComeWithTheirShortestLifetime() throws IOException {
        answering(query -> query.reply().pointer(300, "mail.a.example").pointer(60, "b.example"));
        DnsAnswer<String> answer = client().pointers(ONE);
        assertThat(answer.values()).containsExactly("mail.a.example", "b.example");
        assertThat(answer.timeToLive()).contains(Duration.ofSeconds(60));
        assertThat(servers.get(0).queries()).singleElement().satisfies(query -> {
            assertThat(query.name()).isEqualTo(REVERSE_OF_ONE);
            assertThat(query.type()).isEqualTo(12);
        });
    }

    @Test
    void aNameHasAddressesOfBothFamilies() throws IOException {
        answering(query -> query.reply().address(30, query.type() == 1 ? "192.0.2.1" : "2001:db8::1"));
        assertThat(client().addresses("pop.a.example", 4).values()).containsExactly(ONE);
        assertThat(client().addresses("pop.a.example", 16).values())
                .containsExactly(InetAddresses.forString("2001:db8::1"));
    }

    @Test
    void noSuchNameIsAnAnswerThatLastsAsLongAsTheZoneSays() throws IOException {
        answering(query -> query.reply().noSuchName().authority(900, 120));
        assertThat(client().pointers(ONE))
                .as("RFC 2308, section 5: the smaller of the SOA's TTL and MINIMUM")
                .isEqualTo(new DnsAnswer<>(List.of(), Optional.of(Duration.ofMinutes(2))));
        servers.get(0).behave(FakeDns.answers(query -> query.reply().authority(7, 120)));
        assertThat(client().pointers(ONE).timeToLive()).contains(Duration.ofSeconds(7));
    }

    @Test
    void anAnswerWithoutNamesAndWithoutAuthorityDoesNotSayHowLong() throws IOException {
        answering(query -> query.reply());
        assertThat(client().pointers(ONE)).isEqualTo(new DnsAnswer<>(List.of(), Optional.empty()));
    }

    @Test
    void aTimeToLiveWithTheHighestBitIsZero() throws IOException {
        answering(query -> query.reply().pointer(0xffff_ffffL, "a.example"));
        assertThat(client().pointers(ONE).timeToLive())
                .as("RFC 2181, section 8")
                .contains(Duration.ZERO);
    }

    @Test
    void aliasesAreFollowedWithinTheReply() throws IOException {
        String delegated = "1.0/25.2.0.192.in-addr.arpa";
        answering(query -> query.reply()
                .alias(REVERSE_OF_ONE, 40, delegated)
                .pointer(delegated.toUpperCase(Locale.ROOT), 300, "a.example"));
        DnsAnswer<String> answer = client().pointers(ONE);
        assertThat(answer.values()).as("RFC 2317, section 4").containsExactly("a.example");
        assertThat(answer.timeToLive()).as("as short as the alias").contains(Duration.ofSeconds(40));
    }

    @Test
    void anAliasThatTheReplyLeavesOpenIsAskedFor() throws IOException {
        String delegated = "1.0/25.2.0.192.in-addr.arpa";
        answering(query -> query.name().equals(REVERSE_OF_ONE)
                ? query.reply().alias(REVERSE_OF_ONE, 300, delegated)
                : query.reply().pointer(60, "a.example"));
        assertThat(client().pointers(ONE).values()).containsExactly("a.example");
        assertThat(servers.get(0).queries()).hasSize(2);
    }

    @Test
    void anAliasOfNothingIsNothing() throws IOException {
        answering(query -> query.reply().noSuchName().alias(REVERSE_OF_ONE, 300, "nobody.example"));
        assertThat(client().pointers(ONE).values()).isEmpty();
        assertThat(servers.get(0).queries()).hasSize(1);
    }

    @Test
    void aliasesThatLeadToEachOtherEndWithAnError() throws IOException {
        answering(
                query -> query.reply().alias(REVERSE_OF_ONE, 300, "x.example").alias("x.example", 300, REVERSE_OF_ONE));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> client().pointers(ONE));
        servers.get(0).behave(FakeDns.answers(query -> query.reply().alias(query.name(), 9, "x." + query.name())));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> client().pointers(ONE));
        assertThat(servers.get(0).queries()).hasSizeLessThan(40);
    }

    @Test
    void anAnswerAboutAnotherNameIsNone() throws IOException {
        answering(query -> query.reply().pointer("2.2.0.192.in-addr.arpa", 300, "evil.example"));
        assertThat(client().pointers(ONE).values()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, FORMERR", "2, SERVFAIL", "4, NOTIMP", "5, REFUSED", "9, result code 9"})
    void aServerThatFailsIsNoAnswer(int code, String text) throws IOException {
        answering(query -> query.reply().resultCode(code));
        assertNoAnswer(client(), text);
    }

    @Test
    void aServerThatOnlyKnowsOthersIsNoAnswer() throws IOException {
        answering(query -> query.reply().referral("ns.elsewhere.example"));
        assertNoAnswer(client(), "it names other servers");
    }

    @Test
    void aPortWhereNobodyListensIsToldAtOnce() throws IOException {
        server(FakeDns.silent()).close();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> client().pointers(ONE))
                .withMessageNotContaining("in time");
    }

    @Test
    void aSilentServerIsNoAnswer() throws IOException {
        server(FakeDns.silent());
        assertNoAnswer(client(IMPATIENT, 2), "no answer in time");
        assertThat(servers.get(0).queries()).hasSize(2);
    }

    @Test
    void theNextServerIsAskedWhereOneIsSilentOrFails() throws IOException {
        server(FakeDns.silent());
        answering(query -> query.reply().resultCode(2));
        answering(query -> query.reply().pointer(60, "a.example"));
        DnsClient client = client(Duration.ofMillis(300), 1);
        assertThat(client.pointers(ONE).values()).containsExactly("a.example");
        assertThat(client.pointers(ONE).values()).containsExactly("a.example");
        assertThat(servers.get(0).queries())
                .as("the second time, the server that answered is asked first")
                .hasSize(1);
    }

    @Test
    void forgedRepliesAreIgnoredUntilTheRightOneComes() throws IOException {
        server(query -> List.of(
                query.reply().id(query.id() ^ 1).pointer(60, "evil.example").octets(),
                query.reply()
                        .question("9.9.9.9.in-addr.arpa")
                        .pointer(60, "evil.example")
                        .octets(),
                query.reply().flags(0x0100).pointer(60, "evil.example").octets(),
                query.reply().flags(0xa180).pointer(60, "evil.example").octets(),
                new byte[] {1, 2, 3},
                new byte[0],
                query.reply().pointer(60, "a.example").octets()));
        assertThat(client().pointers(ONE).values()).containsExactly("a.example");
    }

    @Test
    void aFloodOfForgedRepliesIsGivenUp() throws IOException {
        server(query -> Collections.nCopies(
                250,
                query.reply().id(query.id() ^ 1).pointer(60, "evil.example").octets()));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> client(Duration.ofSeconds(2), 1).pointers(ONE));
    }

    @Test
    void eachQueryHasAnotherNumberAndAnotherPort() throws IOException {
        answering(query -> query.reply().pointer(60, "a.example"));
        DnsClient client = client();
        for (int i = 0; i < 40; i++) {
            client.pointers(ONE);
        }
        Set<Integer> ids = new HashSet<>();
        Set<Integer> ports = new HashSet<>();
        for (FakeDns.Query query : servers.get(0).queries()) {
            ids.add(query.id());
            ports.add(query.port());
        }
        assertThat(ids).as("RFC 5452, section 9.2").hasSizeGreaterThan(30);
        assertThat(ports).hasSizeGreaterThan(20);
    }

    @Test
    void anAnswerThatIsTooLongComesOverTcp() throws IOException {
        server(query -> {
            DnsReply reply = query.reply();
            if (query.byStream()) {
                for (int i = 0; i < 1000; i++) {
                    reply.pointer(60, "host" + i + ".a.example");
                }
            } else {
                reply.truncated();
            }
            return List.of(reply.octets());
        });
        assertThat(client().pointers(ONE).values()).as("RFC 7766, section 5").hasSize(1000);
    }

    @Test
    void aTruncatedReplyMayEndWithinARecord() throws IOException {
        server(query -> {
            byte[] reply = query.byStream()
                    ? query.reply().pointer(60, "a.example").octets()
                    : query.reply().truncated().pointer(60, "b.example").octets();
            return List.of(query.byStream() ? reply : Arrays.copyOf(reply, reply.length - 4));
        });
        assertThat(client().pointers(ONE).values()).containsExactly("a.example");
    }

    @Test
    void whatComesOverTcpIsCheckedAsWell() throws IOException {
        server(query -> List.of(
                query.byStream()
                        ? query.reply()
                                .id(query.id() ^ 1)
                                .pointer(60, "evil.example")
                                .octets()
                        : query.reply().truncated().octets()));
        assertNoAnswer(client(), "something else");
        servers.get(0)
                .behave(query -> List.of(
                        query.byStream()
                                ? new byte[] {0}
                                : query.reply().truncated().octets()));
        assertNoAnswer(client(), "ends too early");
        servers.get(0)
                .behave(query -> query.byStream()
                        ? query.silence()
                        : List.of(query.reply().truncated().octets()));
        assertNoAnswer(client(IMPATIENT, 1), "no answer in time");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a..example", ".", "a\\.example"})
    void aNameThatIsNoNameIsNotAskedFor(String name) throws IOException {
        answering(query -> query.reply());
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> client().addresses(name, 4));
        assertThat(servers.get(0).queries()).isEmpty();
    }

    @Test
    void aClientNeedsAServer() {
        assertThatIllegalArgumentException().isThrownBy(() -> new DnsClient(List.of(), PATIENT, 1));
    }
}
