package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.MoreCollectors;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.delivery.lmtp.LmtpOptions;
import org.vmail.domain.ReverseLookup;
import org.vmail.net.Listener;
import org.vmail.net.Network;
import org.vmail.net.UnixSocket;

/** The table {@code lmtp} of the configuration. */
class LmtpSettingsTest {
    @TempDir
    Path folder;

    private Site site;

    @BeforeEach
    void create() throws IOException {
        site = Site.create(folder, "joe");
    }

    private Settings settings(String lmtp) throws Exception {
        Path config = site.config(Optional.empty());
        Files.writeString(
                config, "directory = \"%s\"\nmail = \"%s\"\n\n%s\n".formatted(site.directory(), site.mail(), lmtp));
        return SettingsFile.read(config);
    }

    @Test
    void whatIsOfferedIsASetting() throws Exception {
        LmtpOptions options = settings("""
                        [lmtp]
                        transaction-timeout = "10m"
                        max-messages = 7
                        smtputf8 = false
                        dsn = true
                        chunking = true
                        binary-mime = true
                        xclient-networks = ["127.0.0.1", "192.0.2.0/24"]
                        postmaster-domain = "a.example"
                        """).lmtp().options();

        assertThat(options.transactionTimeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(options.maxMessages()).isEqualTo(7);
        assertThat(options.smtpUtf8()).isFalse();
        assertThat(options.dsn()).isTrue();
        assertThat(options.chunking()).isTrue();
        assertThat(options.binaryMime()).isTrue();
        assertThat(options.xclientNetworks()).containsExactly(Network.of("127.0.0.1"), Network.of("192.0.2.0/24"));
        assertThat(options.postmasterDomain()).contains(Domain.of("a.example"));
    }

    @Test
    void aUnixSocketHasOwnerGroupAndMode() throws Exception {
        Settings settings = settings("""
                [lmtp]
                listen = ["unix:/run/vmail/one"]
                [[lmtp.listener]]
                address = "unix:/run/vmail/two"
                mode = "rw-rw-rw-"
                owner = "vmail"
                group = "postfix"
                """);

        assertThat(settings.lmtp().listeners())
                .containsExactly(
                        Listener.unix(UnixSocket.at(Path.of("/run/vmail/one"))),
                        Listener.unix(UnixSocket.at(Path.of("/run/vmail/two"))
                                .withMode(PosixFilePermissions.fromString("rw-rw-rw-"))
                                .withOwner("vmail")
                                .withGroup("postfix")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[lmtp]\nbinary-mime = true",
                "[lmtp]\npostmaster-domain = \"a..b\"",
                "[lmtp]\nxclient-networks = [\"localhost\"]",
                "[[lmtp.listener]]\naddress = \"127.0.0.1:2424\"\nmode = \"rw-rw----\"",
                "[[lmtp.listener]]\naddress = \"unix:/x\"\nmode = \"0660\""
            })
    void whatMakesNoSenseIsRefused(String lmtp) {
        assertThatThrownBy(() -> settings(lmtp)).isInstanceOf(SettingsException.class);
    }

    /** One domain has a store of its own for the other path; files are linked from one to the other all the same. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void mailboxesOfAllDomainsMayShareAFile(boolean hardLinks) throws Exception {
        site.add("ann", "b.example", Site.hash("x"));
        try (ReferenceServer server =
                ReferenceServer.start(settings("""
                        [lmtp]
                        listen = ["127.0.0.1:0"]
                        parallel-copies = 2
                        copy-threads = 1
                        hard-links = %s
                        [domains."b.example"]
                        mail-path = "%%d/%%1u/%%u"
                        """.formatted(hardLinks)), ReverseLookup.system())) {
            try (Lmtp client = new Lmtp(server.lmtpAddresses().get(0))) {
                client.deliver(List.of("joe@a.example", "ann@b.example"), "Subject: x\r\n\r\nx\r\n".getBytes(US_ASCII));
            }
        }
        Path joes = onlyFile(site.mail().resolve("a.example/joe/new"));
        Path anns = onlyFile(site.mail().resolve("b.example/a/ann/new"));
        assertThat(Files.isSameFile(joes, anns)).isEqualTo(hardLinks);
        assertThat(Files.readString(joes).contains("Delivered-To: joe@a.example\n"))
                .isNotEqualTo(hardLinks);
    }

    private static Path onlyFile(Path mailbox) throws IOException {
        try (Stream<Path> files = Files.list(mailbox)) {
            return files.collect(MoreCollectors.onlyElement());
        }
    }

    @Test
    void starttlsNeedsACertificate() throws Exception {
        Settings settings = settings("[lmtp]\nlisten = [\"127.0.0.1:0\"]\nstarttls = true");

        assertThatThrownBy(() ->
                        ReferenceServer.start(settings, ReverseLookup.system()).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("lmtp.starttls");
    }

    @Test
    @Timeout(60)
    void theServerListensOnTheUnixSocketAndRemovesIt() throws Exception {
        Path socket = folder.resolve("lmtp");
        try (ReferenceServer server = ReferenceServer.start(
                        settings("[lmtp]\nlisten = [\"unix:" + socket + "\"]"), ReverseLookup.system());
                SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer greeting = ByteBuffer.allocate(4);
            while (greeting.hasRemaining() && client.read(greeting) >= 0) {
                assertThat(server.lmtpAddresses()).isEmpty();
            }
            assertThat(new String(greeting.array(), US_ASCII)).isEqualTo("220 ");
        }
        assertThat(Files.exists(socket)).isFalse();
    }
}
