package org.vmail.examples.server;

import java.net.InetSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.net.Listener;
import org.vmail.net.Network;
import org.vmail.net.ProxyTrust;
import org.vmail.net.UnixSocket;

/** Reads where a server listens: lists of addresses, and a table for each listener of which there is more to say. */
final class ListenerSettings {
    private static final int SMTP_PORT = 25;
    private static final String INHERITED = "inherited";
    private static final String UNIX = "unix:";

    private ListenerSettings() {}

    static List<Listener> pop3(SettingsTable table) throws SettingsException {
        List<Listener> listeners = new ArrayList<>(table.texts("listen", ListenerSettings::listenerAt));
        listeners.addAll(table.texts("listen-tls", text -> listenerAt(text).withTls()));
        for (SettingsTable more : table.tableList("listener")) {
            Listener listener = listener(more, more.requiredText("address", ListenerSettings::listenerAt));
            listeners.add(more.flag("tls", false) ? listener.withTls() : listener);
            more.allAsked();
        }
        return listeners;
    }

    static List<Listener> lmtp(SettingsTable table) throws SettingsException {
        List<Listener> listeners = new ArrayList<>(table.texts("listen", ListenerSettings::lmtpListenerAt));
        for (SettingsTable more : table.tableList("listener")) {
            listeners.add(listener(more, more.requiredText("address", ListenerSettings::lmtpListenerAt)));
            more.allAsked();
        }
        return listeners;
    }

    private static Listener listener(SettingsTable table, Listener named) throws SettingsException {
        Listener plain = withOwner(table, named);
        List<Network> proxies = table.texts("proxies", Network::of);
        boolean trustTls = table.flag("trust-tls-of-proxies", false);
        if (proxies.isEmpty()) {
            return plain;
        }
        ProxyTrust trust = ProxyTrust.in(proxies);
        return plain.withProxyProtocol(trustTls ? trust.withTlsOfProxy() : trust);
    }

    /** Who may connect to a Unix socket. */
    private static Listener withOwner(SettingsTable table, Listener listener) throws SettingsException {
        Optional<Set<PosixFilePermission>> mode = table.text("mode", PosixFilePermissions::fromString);
        Optional<String> owner = table.text("owner", text -> text);
        Optional<String> group = table.text("group", text -> text);
        if (listener.unixSocket().isEmpty()) {
            if (mode.isPresent() || owner.isPresent() || group.isPresent()) {
                throw table.problem("address", "is no Unix socket, and has no mode, owner or group");
            }
            return listener;
        }
        UnixSocket socket = listener.unixSocket().get();
        return Listener.unix(new UnixSocket(
                socket.path(), mode.orElse(socket.mode()), owner.or(socket::owner), group.or(socket::group)));
    }

    private static Listener listenerAt(String text) {
        if (text.startsWith(UNIX)) {
            return Listener.unix(UnixSocket.at(SettingsTable.pathOf(text.substring(UNIX.length()))));
        }
        return text.equals(INHERITED) ? Listener.inherited() : Listener.at(SettingsTable.socketAddressOf(text));
    }

    private static Listener lmtpListenerAt(String text) {
        Listener listener = listenerAt(text);
        Optional<InetSocketAddress> address = listener.address();
        if (address.isPresent() && address.get().getPort() == SMTP_PORT) {
            throw new IllegalArgumentException("LMTP must not be spoken on port 25 (RFC 2033, section 5)");
        }
        return listener;
    }
}
