package org.vmail.pop3;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.vmail.address.MailAddress;
import org.vmail.chain.Upstream;
import org.vmail.domain.DomainChoice;
import org.vmail.mailbox.UniqueId;
import org.vmail.net.ConnectionInfo;

/** Keeps what a server tells, in order. */
final class Events implements Pop3Listener {
    /** One event. */
    record Event(String name, List<Object> values) {
        static Event of(String name, Object... values) {
            return new Event(name, List.of(values));
        }
    }

    final List<Event> all = new CopyOnWriteArrayList<>();

    private void add(String name, Object... values) {
        all.add(Event.of(name, values));
    }

    List<String> names() {
        return all.stream().map(Event::name).toList();
    }

    List<Event> named(String name) {
        return all.stream().filter(event -> event.name().equals(name)).toList();
    }

    <T> T value(String name, int index, Class<T> type) {
        return type.cast(named(name).get(0).values().get(index));
    }

    @Override
    public void refused(InetAddress client) {
        add("refused", client);
    }

    @Override
    public void abandoned(ConnectionInfo connection, String reason) {
        add("abandoned", connection, reason);
    }

    @Override
    public void connected(ConnectionInfo connection) {
        add("connected", connection);
    }

    @Override
    public void domainChosen(ConnectionInfo connection, DomainChoice choice) {
        add("domainChosen", connection, choice);
    }

    @Override
    public void chained(ConnectionInfo connection) {
        add("chained", connection);
    }

    @Override
    public void encrypted(ConnectionInfo connection) {
        add("encrypted", connection);
    }

    @Override
    public void loggedIn(ConnectionInfo connection, MailAddress account, String mechanism, String rule) {
        add("loggedIn", connection, account, mechanism, rule);
    }

    @Override
    public void chainedAfterLogin(
            ConnectionInfo connection, MailAddress account, Upstream upstream, String mechanism, String rule) {
        add("chainedAfterLogin", connection, account, upstream, mechanism, rule);
    }

    @Override
    public void loginFailed(ConnectionInfo connection, LoginFailure failure, String login, String reason) {
        add("loginFailed", connection, failure, login, reason);
    }

    @Override
    public void retrieved(MailAddress account, UniqueId message, long octets, boolean whole) {
        add("retrieved", account, message, octets, whole);
    }

    @Override
    public void removed(MailAddress account, Set<UniqueId> messages) {
        add("removed", account, messages);
    }

    @Override
    public void removalFailed(MailAddress account, Set<UniqueId> messages) {
        add("removalFailed", account, messages);
    }

    @Override
    public void ended(ConnectionInfo connection, SessionSummary summary) {
        add("ended", connection, summary);
    }
}
