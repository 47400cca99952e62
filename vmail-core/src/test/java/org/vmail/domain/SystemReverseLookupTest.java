package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;

class SystemReverseLookupTest {

    @Test
    void theHostsFileCounts() throws IOException {
        List<String> hosts = namesInHostsFile("127.0.0.1");
        assumeTrue(!hosts.isEmpty(), "this machine's hosts file names 127.0.0.1");
        assertThat(ReverseLookup.system()
                        .names(InetAddresses.forString("127.0.0.1"))
                        .names())
                .as("no DNS is needed for what the hosts file has")
                .hasSize(1)
                .allSatisfy(name -> assertThat(hosts).contains(name));
    }

    @Test
    void theNameThatAnAddressWasMadeFromIsNotItsReverseName() throws IOException {
        assumeTrue(!namesInHostsFile("127.0.0.1").isEmpty(), "this machine's hosts file names 127.0.0.1");
        InetAddress named = InetAddress.getByAddress("pretended.example", new byte[] {127, 0, 0, 1});
        assertThat(ReverseLookup.system().names(named).names()).doesNotContain("pretended.example");
    }

    @Test
    void theServersOfTheSystemComeFromItsUrls() {
        assertThat(SystemDns.servers("dns://192.0.2.53/a.example dns://[2001:db8::53]:5353 dns://ns.example dns: x"))
                .as("names of servers would have to be looked up")
                .containsExactly(
                        new InetSocketAddress(InetAddresses.forString("192.0.2.53"), 53),
                        new InetSocketAddress(InetAddresses.forString("2001:db8::53"), 5353));
        assertThat(SystemDns.servers("dns:")).isEmpty();
    }

    @Test
    void aNameOfTheSystemLeadsToItsAddress() throws IOException {
        assertThat(ForwardLookup.system().leadsTo(Domain.of("localhost"), InetAddresses.forString("127.0.0.1")))
                .isTrue();
        assertThat(ForwardLookup.system().leadsTo(Domain.of("localhost"), InetAddresses.forString("192.0.2.1")))
                .isFalse();
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
