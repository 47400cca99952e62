package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is wrong: one line that names it, no stack trace, and an exit code that says failure. */
class BadInputTest {
    @TempDir
    Path folder;

    private Site site;
    private Path config;

    @BeforeEach
    void create() throws IOException {
        site = Site.create(folder, "joe", "ann");
        config = site.config(Optional.empty());
    }

    static Stream<Arguments> configurations() {
        return Stream.of(
                arguments("an unknown key", "[pop3]\nlisen = []", 78, ":5: pop3.lisen "),
                arguments("an unknown table", "[pop4]\n", 78, ":4: pop4 "),
                arguments("a wrong type", "[pop3]\nlisten = \"127.0.0.1:110\"", 78, ":5: pop3.listen "),
                arguments("a wrong port", "[pop3]\nlisten = [\"127.0.0.1:99999\"]", 78, ":5: pop3.listen "),
                arguments("a host name", "[pop3]\nlisten = [\"localhost:110\"]", 78, ":5: pop3.listen "),
                arguments("a wrong number", "[pop3]\nmax-connections = 0", 78, ":5: pop3.max-connections "),
                arguments("a wrong duration", "[lmtp]\n\ndata-timeout = \"soon\"", 78, ":6: lmtp.data-timeout "),
                arguments("for ever", "[pop3]\nlogin-timeout = \"99999999d\"", 78, ":5: pop3.login-timeout "),
                arguments("a wrong domain", "[domains.\"a..b\"]", 78, ":4: domains.a..b "),
                arguments(
                        "a domain that two have",
                        "[domains.\"a.example\"]\naliases = [\"c.example\"]\n"
                                + "[domains.\"b.example\"]\naliases = [\"c.example\"]",
                        78,
                        ":6: domains.b.example "),
                arguments("LMTP on port 25", "[lmtp]\nlisten = [\"127.0.0.1:25\"]", 78, ":5: lmtp.listen "),
                arguments("no native daemon in its table", "[native-daemon]\n", 78, ":4: native-daemon "),
                arguments("a key twice", "mail = \"/tmp\"", 78, ":4: "),
                arguments("no TOML", "[pop3\nlisten = 3", 78, ":4: "),
                arguments("nothing to serve", "", 69, "listen"),
                arguments("an address elsewhere", "[pop3]\nlisten = [\"192.0.2.1:0\"]", 69, "192.0.2.1:0 for pop3"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void aConfigurationIsRefused(String what, String text, int exitCode, String expected) throws Exception {
        Files.writeString(
                config, "directory = \"%s\"\nmail = \"%s\"\n\n%s\n".formatted(site.directory(), site.mail(), text));

        assertRefused(exitCode, expected.startsWith(":") ? config + expected : expected, "serve", "--config", config);
    }

    @Test
    void aMissingSettingIsNamed() throws Exception {
        Files.writeString(config, "mail = \"/tmp\"\n");

        assertRefused(78, config + ": the setting directory is missing", "serve", "--config", config);
    }

    @Test
    void aFileThatIsNoConfigurationIsRefused() throws Exception {
        Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        Path missing = folder.resolve("missing.toml");

        assertRefused(78, missing.toString(), "serve", "--config", missing);
        assertRefused(78, binary.toString(), "serve", "--config", binary);
        assertRefused(78, folder.toString(), "check", "--config", folder);
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            Files.writeString(config, Files.readString(config).replaceFirst("127\\.0\\.0\\.1:0", address));

            assertRefused(69, "Cannot listen on " + address + " for pop3", "serve", "--config", config);
        }
    }

    @Test
    void aMissingFolderIsNamed() throws Exception {
        Files.delete(site.mail());
        assertRefused(69, site.mail().toString(), "serve", "--config", config);
        assertRefused(69, site.mail().toString(), "check", "--config", config);

        Files.writeString(site.mail(), "a file");
        assertRefused(69, site.mail().toString(), "serve", "--config", config);

        Files.move(site.directory(), folder.resolve("elsewhere"));
        assertRefused(69, site.directory().toString(), "serve", "--config", config);
    }

    @Test
    void aWrongCommandLineSaysWhereHelpIs() {
        for (List<String> arguments : List.of(List.of("sevre"), List.of("serve"), List.of("password", "--cost", "x"))) {
            Programs.Result result = OwnCommand.run(arguments.toArray());
            assertThat(result.exitCode()).isEqualTo(64);
            assertThat(result.errors().lines()).hasSize(2).last().asString().contains("--help");
        }
    }

    private static void assertRefused(int exitCode, String expected, Object... arguments) {
        Programs.Result result = OwnCommand.run(arguments);
        assertThat(result.exitCode()).as(result.errors()).isEqualTo(exitCode);
        result.assertOneLine();
        assertThat(result.errors()).contains(expected);
    }
}
