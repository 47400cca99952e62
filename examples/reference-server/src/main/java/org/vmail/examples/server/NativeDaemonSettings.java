package org.vmail.examples.server;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmail.chain.BackEndOrder;
import org.vmail.chain.ChainOptions;
import org.vmail.chain.NativeDaemon;
import org.vmail.chain.ProxyVersion;

/** The table native-daemon: who serves what is not ours. */
final class NativeDaemonSettings {
    private NativeDaemonSettings() {}

    static Optional<NativeDaemon> read(SettingsTable root) throws SettingsException {
        SettingsTable table = root.table("native-daemon");
        ChainOptions options = options(table);
        List<NativeDaemon> named = new ArrayList<>();
        table.text("tcp", text -> NativeDaemon.tcp(SettingsTable.socketAddressOf(text), options))
                .ifPresent(named::add);
        table.text("unix-socket", text -> NativeDaemon.unixSocket(SettingsTable.pathOf(text), options))
                .ifPresent(named::add);
        List<SocketAddress> backEnds = table.texts("back-ends", NativeDaemonSettings::backEnd);
        if (!backEnds.isEmpty()) {
            named.add(NativeDaemon.sockets(backEnds, options));
        }
        List<String> command = table.texts("process", word -> word);
        if (!command.isEmpty()) {
            named.add(NativeDaemon.process(command, options));
        }
        table.allAsked();
        if (table.isPresent() && named.size() != 1) {
            throw root.problem("native-daemon", "needs one of tcp, unix-socket, back-ends and process, and one only");
        }
        return named.stream().findFirst();
    }

    private static ChainOptions options(SettingsTable table) throws SettingsException {
        ChainOptions options = ChainOptions.defaults();
        options = table.duration("connect-timeout", options, options::withConnectTimeout);
        options = table.duration("total-connect-timeout", options, options::withTotalConnectTimeout);
        options = table.duration("idle-timeout", options, options::withIdleTimeout);
        options = table.duration("half-closed-timeout", options, options::withHalfClosedTimeout);
        options = table.text("order", SettingsFile.choice(BackEndOrder.class, options::withOrder))
                .orElse(options);
        options = table.duration("retry-after", options, options::withRetryAfter);
        options = table.text("proxy-header", SettingsFile.choice(ProxyVersion.class, options::withProxyHeader))
                .orElse(options);
        options = table.number("buffer-octets", options, SettingsFile.count(options::withBufferOctets));
        options = table.number("buffer-memory-octets", options, options::withBufferMemory);
        options = table.number("max-processes", options, SettingsFile.count(options::withMaxProcesses));
        options = table.duration("termination-grace", options, options::withTerminationGrace);
        SettingsTable variables = table.table("environment");
        Map<String, String> environment = new HashMap<>();
        for (String name : variables.keys()) {
            environment.put(name, variables.requiredText(name, value -> value));
        }
        return table.meaning("environment", environment, options::withEnvironment);
    }

    /** {@code ADDRESS:PORT}, or the path of a Unix-domain socket. */
    private static SocketAddress backEnd(String text) {
        return text.startsWith("/")
                ? UnixDomainSocketAddress.of(SettingsTable.pathOf(text))
                : SettingsTable.socketAddressOf(text);
    }
}
