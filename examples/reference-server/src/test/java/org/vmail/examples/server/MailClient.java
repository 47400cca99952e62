package org.vmail.examples.server;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * A mail client that others wrote, and how it is told to fetch all messages into numbered files and to leave them.
 *
 * @param logins the commands and SASL mechanisms that it can log in with
 * @param localLineEnds whether it may end lines with LF alone
 * @param programs what must be installed
 */
record MailClient(
        String name,
        List<String> logins,
        List<Transport> transports,
        boolean localLineEnds,
        List<String> programs,
        Fetch fetch) {
    private static final List<Transport> EACH = List.of(Transport.values());

    static final MailClient ANGUS = new MailClient(
            "angus-mail", List.of("user", "plain", "login", "apop"), EACH, false, List.of(), ClientLibraries::angus);
    static final MailClient COMMONS_NET =
            new MailClient("commons-net", List.of("user"), EACH, false, List.of(), ClientLibraries::commonsNet);
    static final MailClient CURL = new MailClient(
            "curl",
            List.of("user", "plain", "login", "apop"),
            EACH,
            false,
            List.of("curl"),
            (session, count) -> ClientPrograms.curl(session, count).successful());
    static final MailClient FETCHMAIL = new MailClient(
            "fetchmail",
            List.of("user", "apop"),
            EACH,
            true,
            List.of("fetchmail"),
            (session, count) ->
                    ClientPrograms.fetchmail(session, "keep fetchall").successful());
    /** It knows no STLS. */
    static final MailClient GETMAIL = new MailClient(
            "getmail",
            List.of("user", "apop"),
            List.of(Transport.CLEAR_TEXT, Transport.POP3S),
            true,
            List.of("getmail"),
            (session, count) -> ClientPrograms.getmail(session));

    static final MailClient MPOP = new MailClient(
            "mpop",
            List.of("user", "plain", "login", "apop", "scram-sha-256"),
            EACH,
            true,
            List.of("mpop"),
            (session, count) -> ClientPrograms.mpop(session, "only_new off"));
    /** It wants a terminal, and gets one. */
    static final MailClient MUTT = new MailClient(
            "mutt", List.of("user", "plain", "apop"), EACH, true, List.of("mutt", "script"), ClientPrograms::mutt);
    /** OpenSSL's test client: whatever it is told to say, all at once. */
    static final MailClient OPENSSL = new MailClient(
            "openssl",
            List.of("user"),
            List.of(Transport.STLS, Transport.POP3S),
            false,
            List.of("openssl"),
            ClientPrograms::openssl);

    /** It ends lines with LF, and those that came by TLS with CRLF. */
    static final MailClient PERL = new MailClient(
            "Net::POP3",
            List.of("user", "apop"),
            EACH,
            true,
            List.of("perl"),
            (session, count) -> ClientPrograms.perl(session));

    static final MailClient POPLIB = new MailClient(
            "poplib",
            List.of("user", "apop", "utf8"),
            EACH,
            false,
            List.of("python3"),
            (session, count) -> ClientPrograms.poplib(session));

    static final List<MailClient> ALL =
            List.of(ANGUS, COMMONS_NET, CURL, FETCHMAIL, GETMAIL, MPOP, MUTT, OPENSSL, PERL, POPLIB);

    /** Who has a bcrypt hash. */
    static final String HASHED = "hashed";
    /** Who has SCRAM keys. */
    static final String KEYS = "keys";
    /** Whose password is known, as APOP needs it. */
    static final String CLEAR = "clear";

    /** Fetches so many messages. */
    interface Fetch {
        void fetch(Session session, int count) throws Exception;
    }

    /**
     * One session that a client is to have.
     *
     * @param login the command or the SASL mechanism
     * @param trust the certificate that the client trusts, and no other
     * @param work where the client may put files of its own
     * @param fetched where messages go, in files 1, 2 and so on
     */
    record Session(
            Transport transport,
            InetSocketAddress server,
            String login,
            String user,
            String password,
            Path trust,
            Path work,
            Path fetched) {
        String host() {
            return server.getAddress().getHostAddress();
        }

        String port() {
            return String.valueOf(server.getPort());
        }

        boolean apop() {
            return login.equals("apop");
        }

        Session withPassword(String other) {
            return new Session(transport, server, login, user, other, trust, work, fetched);
        }
    }

    static String userFor(String login) {
        return switch (login) {
            case "apop" -> CLEAR;
            case "plain", "scram-sha-256" -> KEYS;
            default -> HASHED;
        };
    }

    void require() {
        Programs.require(programs.toArray(String[]::new));
    }

    void fetch(Session session, int count) throws Exception {
        fetch.fetch(session, count);
    }

    @Override
    public String toString() {
        return name;
    }
}
