package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemReverseLookupTest {

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
        assertThat(SystemReverseLookup.reverseName(InetAddresses.forString(address)))
                .as("RFC 1035, 3.5, and RFC 3596, 2.5")
                .isEqualTo(name);
    }

    @Test
    void theHostsFileCounts() throws IOException {
        List<String> hosts = namesInHostsFile("127.0.0.1");
        assumeTrue(!hosts.isEmpty(), "this machine's hosts file names 127.0.0.1");
        assertThat(ReverseLookup.system().names(InetAddresses.forString("127.0.0.1")))
                .as("no DNS is needed for what the hosts file has")
                .hasSize(1)
                .allSatisfy(name -> assertThat(hosts).contains(name));
    }

    @Test
    void theNameThatAnAddressWasMadeFromIsNotItsReverseName() throws IOException {
        assumeTrue(!namesInHostsFile("127.0.0.1").isEmpty(), "this machine's hosts file names 127.0.0.1");
        InetAddress named = InetAddress.getByAddress("pretended.example", new byte[] {127, 0, 0, 1});
        assertThat(ReverseLookup.system().names(named)).doesNotContain("pretended.example");
    }

    private static List<String> namesInHostsFile(String address) throws IOException {
        Path hosts = Path.of("/etc/hosts");
        if (!Files.isReadable(hosts)) {
            return List.of();
        }
        return Files.readAllLines(hosts).stream()
                .map(line -> Splitter.onPattern("\\s+").omitEmptyStrings().splitToList(line))
                .filter(words -> !words.isEmpty() && words.get(0).equals(address))
                .flatMap(words -> words.stream().skip(1))
                .toList();
    }
}
