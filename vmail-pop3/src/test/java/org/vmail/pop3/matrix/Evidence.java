package org.vmail.pop3.matrix;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.vmail.address.Domain;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.HostedDomains;
import org.vmail.domain.ReverseAnswer;
import org.vmail.domain.ReverseLookup;
import org.vmail.domain.ReverseLookupOptions;
import org.vmail.domain.UnknownAddress;
import org.vmail.net.Network;

/** What a connection says of its domain, and what an administrator has set up for it. */
enum Evidence implements Word {
    ADDRESS("IP in the table", Evidence::byAddress),
    NETWORK(
            "IP in a network of the table",
            scene -> DomainResolver.networkTable(Map.of(
                    Network.around(scene.target(), 24), Names.A,
                    Network.around(scene.target(), 8), Names.B,
                    Network.of(scene.elsewhere()), Names.B))),
    ALIAS("IP in the table, for an alias of the domain", scene -> table(scene.target(), Names.ALIAS)),
    MAIN("IP in the table, for the main domain", scene -> table(scene.target(), Names.MAIN)),
    NO_ADDRESS("IP in no table", scene -> table(scene.elsewhere(), Names.A)),
    SHARED("shared IP", Evidence::byShared),
    PORT("port in the table", scene -> DomainResolver.portTable(Map.of(scene.port(), Names.A, 110, Names.B))),
    REVERSE("reverse look-up: pop.a.example", scene -> reverse(scene, "pop.a.example")),
    REVERSE_FOREIGN("reverse look-up: no hosted domain", scene -> reverse(scene, "host.isp.example")),
    REVERSE_UNANSWERED("reverse look-up: no answer yet", scene -> unanswered(scene, UnknownAddress.REFUSE)),
    REVERSE_UNANSWERED_NOT_HOSTED(
            "reverse look-up: no answer yet, `unknown = \"not-hosted\"`",
            scene -> unanswered(scene, UnknownAddress.NOT_HOSTED)),
    PROXY_ELSEWHERE(
            "PROXY destination in no table, listener's IP in the table", scene -> table(scene.elsewhere(), Names.A)),
    PROXY_LOCAL("PROXY header without addresses, listener's IP in the table", Evidence::byAddress),
    SERVER_NAME("server name pop.a.example", Names.POP_A, "", Evidence::byName),
    AUTHORITY("PROXY authority pop.a.example", "", Names.POP_A, Evidence::byName),
    NAME_AND_AUTHORITY(
            "server name pop.a.example, PROXY authority pop.b.example", Names.POP_A, Names.POP_B, Evidence::byName),
    FOREIGN_NAME(
            "server name of no hosted domain, then IP in the table",
            "pop.isp.example",
            "",
            scene -> byName(scene).or(byAddress(scene))),
    ADDRESS_BEFORE_NAME(
            "IP for a.example, then server name pop.b.example",
            Names.POP_B,
            "",
            scene -> byAddress(scene).or(byName(scene))),
    NAME_BEFORE_ADDRESS(
            "server name pop.a.example, then IP for b.example",
            Names.POP_A,
            "",
            scene -> byName(scene).or(table(scene.target(), Names.B))),
    SHARED_BEFORE_NAME(
            "shared IP, then server name pop.a.example",
            Names.POP_A,
            "",
            scene -> byShared(scene).or(byName(scene))),
    NAME_BEFORE_SHARED(
            "server name pop.a.example, then shared IP",
            Names.POP_A,
            "",
            scene -> byName(scene).or(byShared(scene))),
    AGREEING(
            "all must agree: IP and server name for a.example",
            Names.POP_A,
            "",
            scene -> agreeing(scene, byName(scene), byAddress(scene))),
    AGREEING_SHARED(
            "all must agree: shared IP, server name pop.a.example",
            Names.POP_A,
            "",
            scene -> agreeing(scene, byName(scene), byShared(scene))),
    DISAGREEING(
            "all must agree: IP for a.example, server name pop.b.example",
            Names.POP_B,
            "",
            scene -> agreeing(scene, byName(scene), byAddress(scene))),
    DISAGREEING_AT_CONNECT(
            "all must agree: IP for a.example, port for b.example",
            scene -> agreeing(scene, byAddress(scene), DomainResolver.portTable(Map.of(scene.port(), Names.B))));

    /** Constants of an enum cannot use its static fields. */
    private static final class Names {
        private static final Domain A = Domain.of("a.example");
        private static final Domain ALIAS = Domain.of("old-a.example");
        private static final Domain B = Domain.of("b.example");
        private static final Domain MAIN = Domain.of("main.example");
        private static final String POP_A = "pop.a.example";
        private static final String POP_B = "pop.b.example";
    }

    /**
     * Where it happens.
     *
     * @param target the address that the client connects to
     * @param elsewhere another one: the listener's, if there is a proxy
     * @param port the port of the listener
     * @param hosted what is hosted in the deployment
     */
    record Scene(InetAddress target, InetAddress elsewhere, int port, HostedDomains hosted) {}

    private final String text;
    private final String name;
    private final String authority;

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final Function<Scene, DomainResolver> rules;

    Evidence(String text, Function<Scene, DomainResolver> rules) {
        this(text, "", "", rules);
    }

    Evidence(String text, String name, String authority, Function<Scene, DomainResolver> rules) {
        this.text = text;
        this.name = name;
        this.authority = authority;
        this.rules = rules;
    }

    @Override
    public String text() {
        return text;
    }

    /** The administrator's rules. */
    DomainResolver resolver(Scene scene) {
        DomainResolver resolver = rules.apply(scene).withMainNames(scene.hosted());
        resolver.prepare(Set.of(scene.target()));
        return resolver;
    }

    /** What the client names in its handshake with us, if there is one. */
    Optional<String> serverName() {
        return Optional.of(name).filter(text -> !text.isEmpty());
    }

    /** What the proxy says that the client has named: to the proxy, if not to us. */
    Optional<String> authority(Transport transport) {
        String told = authority.isEmpty() && transport.tls() == Transport.Tls.NONE ? name : authority;
        return Optional.of(told).filter(text -> !text.isEmpty());
    }

    /** Whether the proxy tells who speaks with whom. */
    boolean tellsAddresses() {
        return this != PROXY_LOCAL;
    }

    private static DomainResolver table(InetAddress address, Domain domain) {
        return DomainResolver.addressTable(Map.of(address, domain));
    }

    /** The other address is another domain's. */
    private static DomainResolver byAddress(Scene scene) {
        return DomainResolver.addressTable(Map.of(scene.target(), Names.A, scene.elsewhere(), Names.B));
    }

    private static DomainResolver byShared(Scene scene) {
        return DomainResolver.sharedAddresses(List.of(scene.target()));
    }

    private static DomainResolver byName(Scene scene) {
        return DomainResolver.serverName(scene.hosted());
    }

    private static DomainResolver agreeing(Scene scene, DomainResolver... evidence) {
        return DomainResolver.mustAgree(scene.hosted(), List.of(evidence));
    }

    private static DomainResolver reverse(Scene scene, String name) {
        ReverseLookup lookup = address -> ReverseAnswer.of(address.equals(scene.target()) ? name : "pop.b.example");
        return DomainResolver.reverseLookup(scene.hosted(), lookup, ReverseLookupOptions.defaults());
    }

    private static DomainResolver unanswered(Scene scene, UnknownAddress outcome) {
        ReverseLookup lookup = address -> {
            throw new IOException("SERVFAIL");
        };
        return DomainResolver.reverseLookup(
                scene.hosted(),
                lookup,
                ReverseLookupOptions.defaults().withUnknownAddress(outcome).withRetry(Duration.ofHours(1)));
    }
}
