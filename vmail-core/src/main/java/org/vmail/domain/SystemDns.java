package org.vmail.domain;

import com.google.common.base.Splitter;
import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/** The DNS servers that this system is configured with: the JDK finds them on every system, and tells JNDI alone. */
final class SystemDns {
    private static final String NO_SERVERS = "dns:";

    private SystemDns() {}

    /** Asks the servers of the moment, so that a change of the system's configuration counts; empty if it uses no DNS. */
    static Optional<DnsLookup> lookup() throws IOException {
        List<InetSocketAddress> servers = servers(urls());
        return servers.isEmpty()
                ? Optional.empty()
                : Optional.of(new DnsLookup(DnsServers.at(servers).client()));
    }

    // Nothing is looked up: the context only knows the servers.
    @SuppressWarnings("BanJNDI")
    private static String urls() throws IOException {
        try {
            DirContext dns = new InitialDirContext(environment());
            try {
                return String.valueOf(dns.getEnvironment().get(Context.PROVIDER_URL));
            } finally {
                dns.close();
            }
        } catch (NamingException e) {
            throw new IOException("The DNS servers of this system are not known: " + e.getMessage(), e);
        }
    }

    // JNDI wants this class.
    @SuppressWarnings("JdkObsolete")
    private static Hashtable<String, String> environment() {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, NO_SERVERS); // the context puts the system's servers in its place
        return environment;
    }

    /** Reads {@code dns://HOST[:PORT]/DOMAIN …}, as far as hosts are plain IP addresses. */
    static List<InetSocketAddress> servers(String urls) {
        List<InetSocketAddress> servers = new ArrayList<>();
        for (String url : Splitter.on(' ').omitEmptyStrings().split(urls)) {
            server(url).ifPresent(servers::add);
        }
        return servers;
    }

    private static Optional<InetSocketAddress> server(String url) {
        try {
            URI uri = URI.create(url);
            String host = uri.getHost();
            if (host == null || !InetAddresses.isUriInetAddress(host)) {
                return Optional.empty();
            }
            int port = uri.getPort() < 0 ? DnsServers.PORT : uri.getPort();
            return Optional.of(new InetSocketAddress(InetAddresses.forUriString(host), port));
        } catch (IllegalArgumentException noUri) {
            return Optional.empty();
        }
    }
}
