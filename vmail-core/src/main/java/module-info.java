/**
 * Hosting mail for many domains: addresses, domains, accounts, mailboxes, and what servers of every protocol share.
 *
 * <p>All types are {@code @NullMarked}: nothing is null unless it says so.
 */
@SuppressWarnings("module") // the names of the modules that see the internals are not known here
module org.vmail.core {
    requires static transitive java.sql; // of those alone who keep a directory in a database
    requires static transitive org.jspecify;
    requires com.google.common;
    requires java.naming;
    requires org.slf4j;

    exports org.vmail.address;
    exports org.vmail.auth;
    exports org.vmail.chain;
    exports org.vmail.directory;
    exports org.vmail.directory.jdbc;
    exports org.vmail.domain;
    exports org.vmail.mailbox;
    exports org.vmail.mailbox.maildir;
    exports org.vmail.mailbox.mbox;
    exports org.vmail.mailbox.memory;
    exports org.vmail.net;
    exports org.vmail.auth.internal to
            org.vmail.pop3,
            org.vmail.delivery;
    exports org.vmail.internal to
            org.vmail.pop3,
            org.vmail.delivery;
    exports org.vmail.mailbox.internal to
            org.vmail.pop3;
    exports org.vmail.net.internal to
            org.vmail.pop3,
            org.vmail.delivery;
}
