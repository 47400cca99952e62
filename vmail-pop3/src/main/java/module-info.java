/** A POP3 server for many domains. */
@SuppressWarnings("module") // the 3 belongs to the protocol's name
module org.vmail.pop3 {
    requires transitive org.vmail.core;
    requires static transitive org.jspecify;
    requires com.google.common;
    requires org.slf4j;

    exports org.vmail.pop3;
}
