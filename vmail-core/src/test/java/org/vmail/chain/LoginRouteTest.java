package org.vmail.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;
import org.vmail.address.LoginRewriting;
import org.vmail.address.LoginSplitter;
import org.vmail.address.MailAddress;
import org.vmail.auth.Password;
import org.vmail.chain.LoginRoute.Destination;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainPolicy;
import org.vmail.domain.HostedDomains;
import org.vmail.domain.LoginResolver;
import org.vmail.net.ConnectionInfo;

class LoginRouteTest {
    private static final Domain MAIN = Domain.of("main.example");
    private static final Domain A = Domain.of("a.example");
    private static final HostedDomains HOSTED =
            name -> name.equals(A) || name.equals(Domain.of("a-old.example")) ? Optional.of(A) : Optional.empty();
    private static final DomainChoice SHARED = new DomainChoice.Shared("shared");
    private static final DomainChoice ON_A = new DomainChoice.Hosted(A, "the address of a");
    private static final Upstream NATIVE = Upstream.at(InetSocketAddress.createUnresolved("127.0.0.1", 1110));
    private static final Upstream OTHER = Upstream.at(InetSocketAddress.createUnresolved("127.0.0.1", 2110));
    private static final LoginResolver LOGINS = LoginResolver.over(HOSTED).withSplitter(LoginSplitter.atLastOf("@%"));

    private final LoginRoute mainDomain = LoginRoute.mainDomain(MAIN, HOSTED, NATIVE);

    @Test
    void whoIsOfNoHostedDomainGoesToTheNativeDaemon() throws IOException {
        assertThere("joe", SHARED, NATIVE, "joe", "joe@main.example");
        assertThere("joe", new DomainChoice.NotHosted("none"), NATIVE, "joe", "joe@main.example");
        assertThere("joe@main.example", SHARED, NATIVE, "joe", "joe@main.example");
        assertThere("joe%main.example", ON_A, NATIVE, "joe", "joe@main.example");
        assertThere("joe@c.example", SHARED, NATIVE, "joe@c.example", "joe@c.example");
    }

    @Test
    void whoIsOfAHostedDomainIsServedHere() throws IOException {
        assertHere("joe@a.example", SHARED);
        assertHere("joe@a-old.example", SHARED);
        assertHere("joe%a.example", SHARED);
        assertHere("joe", ON_A);
    }

    @Test
    void whatCanBeNoLoginIsRefusedHere() throws IOException {
        assertHere("", SHARED);
        assertHere("../joe", SHARED);
        assertHere("joe\r\nDELE 1", SHARED);
        assertHere("joe@-", SHARED);
        assertHere("joe%", SHARED);
    }

    @Test
    void aLoginWithoutADomainIsReadAsAnyOther() throws IOException {
        LoginResolver rewriting = LOGINS.withSplitter(LoginSplitter.standard()
                .after(LoginRewriting.trimming()
                        .then(LoginRewriting.lowerCasing())
                        .then(LoginRewriting.rule("mr-(.*)", "$1"))));

        assertThat(route(mainDomain, rewriting, " Mr-Joe ", SHARED))
                .isInstanceOfSatisfying(
                        Destination.There.class,
                        there -> assertThat(there.login()).isEqualTo("joe"));
    }

    @Test
    void aLoginThatThePolicyRefusesStaysRefused() throws IOException {
        LoginResolver strict = LOGINS.withPolicy(DomainPolicy.mustAgree());

        assertThat(route(mainDomain, strict, "joe@main.example", ON_A)).isEqualTo(new Destination.Here());
    }

    @Test
    void theDefaultDomainCounts() throws IOException {
        LoginResolver toMain = LOGINS.withDefaultDomain(MAIN);
        LoginResolver toA = LOGINS.withDefaultDomain(A);

        assertThat(route(mainDomain, toMain, "joe", SHARED)).isInstanceOf(Destination.There.class);
        assertThat(route(mainDomain, toA, "joe", SHARED)).isEqualTo(new Destination.Here());
    }

    @Test
    void aDomainCanBeElsewhereAndTheFirstRouteThatKnowsDecides() throws IOException {
        LoginRoute both = LoginRoute.domain(A, OTHER).or(mainDomain);

        assertThat(route(both, LOGINS, "joe@a-old.example", SHARED))
                .isEqualTo(new Destination.There(
                        OTHER,
                        "joe@a.example",
                        MailAddress.of("joe@a.example"),
                        "a.example is served by 127.0.0.1:2110; the login names it; shared"));
        assertThat(route(both, LOGINS, "joe", SHARED)).isInstanceOf(Destination.There.class);
        assertThat(both.upstreams(SHARED)).containsExactly(OTHER, NATIVE);
        assertThat(LoginRoute.domain(A, NATIVE).or(mainDomain).upstreams(SHARED))
                .containsExactly(NATIVE);
    }

    @Test
    void hostedDomainsThatCannotBeToldAreNoAnswer() {
        LoginRoute broken = LoginRoute.mainDomain(
                MAIN,
                name -> {
                    throw new IOException("no directory");
                },
                NATIVE);

        assertThatIOException().isThrownBy(() -> route(broken, LOGINS, "joe@a.example", SHARED));
    }

    @Test
    void anUpstreamHasBounds() {
        assertThatIllegalArgumentException().isThrownBy(() -> NATIVE.withXclient(0));
        assertThatIllegalArgumentException().isThrownBy(() -> NATIVE.withMaxParallel(0));
        assertThatIllegalArgumentException().isThrownBy(() -> NATIVE.withMaxReplyOctets(511));
        assertThatIllegalArgumentException().isThrownBy(() -> NATIVE.withLoginTimeout(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> NATIVE.withCapabilityLife(Duration.ZERO));
    }

    @Test
    void anUpstreamShowsNoPassword() {
        Upstream upstream = NATIVE.withMasterUser("master", Password.of("secret word"));

        assertThat(upstream.loginForm()).isEqualTo(Upstream.LoginForm.SASL_PLAIN);
        assertThat(upstream.masterUser().toString() + upstream).doesNotContain("secret word");
        assertThat(upstream).hasToString("127.0.0.1:1110");
    }

    private void assertHere(String login, DomainChoice choice) throws IOException {
        assertThat(route(mainDomain, LOGINS, login, choice)).as(login).isEqualTo(new Destination.Here());
    }

    private void assertThere(String login, DomainChoice choice, Upstream upstream, String name, String account)
            throws IOException {
        assertThat(route(mainDomain, LOGINS, login, choice))
                .as(login)
                .isInstanceOfSatisfying(Destination.There.class, there -> {
                    assertThat(there.upstream()).isSameAs(upstream);
                    assertThat(there.login()).isEqualTo(name);
                    assertThat(there.account()).hasToString(account);
                });
    }

    private static Destination route(LoginRoute route, LoginResolver logins, String login, DomainChoice choice)
            throws IOException {
        ConnectionInfo connection = ConnectionInfo.plain(
                new InetSocketAddress("192.0.2.1", 110), new InetSocketAddress("198.51.100.7", 4711));
        return route.route(new LoginRoute.Request(login, logins.resolve(login, choice), choice, connection));
    }
}
