package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmail.net.ConnectionInfo;

/** What every {@link DomainResolver} keeps to, whatever it decides by. */
public abstract class DomainResolverContract {
    /** The resolver, as it is before a server has bound. */
    protected abstract DomainResolver resolver() throws IOException;

    /** Target addresses, of which the resolver knows some and does not know others. */
    protected abstract List<InetAddress> targets() throws IOException;

    @Test
    void everyChoiceNamesItsRuleInOneLine() throws IOException {
        DomainResolver resolver = prepared();
        for (InetAddress target : targets()) {
            assertThat(resolver.resolve(connectionTo(target)).rule())
                    .isNotBlank()
                    .doesNotContainPattern("\\p{Cc}");
        }
    }

    @Test
    void theSameConnectionIsForTheSameDomain() throws IOException {
        DomainResolver resolver = prepared();
        for (InetAddress target : targets()) {
            DomainChoice first = resolver.resolve(connectionTo(target));
            assertThat(resolver.resolve(connectionTo(target))).isEqualTo(first);
        }
    }

    @Test
    void aServerMayPrepareAgainAndForNothing() throws IOException {
        DomainResolver resolver = prepared();
        resolver.prepare(Set.of());
        resolver.prepare(Set.copyOf(targets()));
        assertThat(resolver.resolve(connectionTo(targets().get(0)))).isNotNull();
    }

    @Test
    void aSecondResolverIsAskedOnlyAboutWhatIsNotHosted() throws IOException {
        DomainResolver resolver = prepared();
        DomainResolver both = resolver.or(connection -> new DomainChoice.Shared("the second"));
        for (InetAddress target : targets()) {
            DomainChoice alone = resolver.resolve(connectionTo(target));
            DomainChoice choice = both.resolve(connectionTo(target));
            if (alone instanceof DomainChoice.NotHosted) {
                assertThat(choice).isEqualTo(new DomainChoice.Shared(choice.rule()));
                assertThat(choice.rule()).startsWith("the second").contains(alone.rule());
            } else {
                assertThat(choice).isEqualTo(alone);
            }
        }
    }

    private DomainResolver prepared() throws IOException {
        DomainResolver resolver = resolver();
        resolver.prepare(Set.copyOf(targets()));
        return resolver;
    }

    private static ConnectionInfo connectionTo(InetAddress target) {
        return ConnectionInfo.plain(
                new InetSocketAddress(target, 110), new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000));
    }
}
