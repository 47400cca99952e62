package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Hashtable;
import java.util.List;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/** Name service first, DNS second. Stateless. */
final class SystemReverseLookup implements ReverseLookup {
    private static final String NO_SERVERS = "dns:";

    @Override
    public List<String> names(InetAddress address) throws IOException {
        // A copy without a host name: the JDK would give back the name that the address was made from.
        InetAddress bare = InetAddress.getByAddress(address.getAddress());
        String name = bare.getHostName();
        return name.equals(bare.getHostAddress()) ? pointers(bare) : List.of(name);
    }

    // Only a text is asked for: no object comes from the DNS.
    @SuppressWarnings("BanJNDI")
    private static List<String> pointers(InetAddress address) throws IOException {
        try {
            DirContext dns = new InitialDirContext(environment());
            try {
                if (NO_SERVERS.equals(dns.getEnvironment().get(Context.PROVIDER_URL))) {
                    return List.of(); // this system uses no DNS
                }
                Attribute pointers = dns.getAttributes(reverseName(address), new String[] {"PTR"})
                        .get("PTR");
                return pointers == null ? List.of() : texts(pointers.getAll());
            } finally {
                dns.close();
            }
        } catch (NameNotFoundException noName) {
            return List.of();
        } catch (NamingException e) {
            throw new IOException(
                    "The DNS gives no answer about " + address.getHostAddress() + ": " + e.getMessage(), e);
        }
    }

    // JNDI wants this class.
    @SuppressWarnings("JdkObsolete")
    private static Hashtable<String, String> environment() {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, NO_SERVERS); // the context puts the system's servers in its place
        environment.put("com.sun.jndi.dns.timeout.initial", "1000");
        environment.put("com.sun.jndi.dns.timeout.retries", "2");
        return environment;
    }

    private static List<String> texts(NamingEnumeration<?> names) throws NamingException {
        List<String> texts = new ArrayList<>();
        for (Object name : Collections.list(names)) {
            texts.add(name.toString());
        }
        return texts;
    }

    /** The name under in-addr.arpa (RFC 1035, section 3.5) or ip6.arpa (RFC 3596, section 2.5). */
    static String reverseName(InetAddress address) {
        byte[] octets = address.getAddress();
        StringBuilder name = new StringBuilder();
        for (int i = octets.length - 1; i >= 0; i--) {
            int octet = octets[i] & 0xff;
            if (octets.length == 4) {
                name.append(octet).append('.');
            } else {
                name.append(Character.forDigit(octet & 0xf, 16)).append('.');
                name.append(Character.forDigit(octet >> 4, 16)).append('.');
            }
        }
        return name.append(octets.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString();
    }
}
