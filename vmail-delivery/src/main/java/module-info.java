/** Delivery by envelope recipient, and an LMTP server in front of it. */
module org.vmail.delivery {
    requires transitive org.vmail.core;
    requires static transitive org.jspecify;
    requires com.google.common;
    requires org.slf4j;

    exports org.vmail.delivery;
    exports org.vmail.delivery.lmtp;
    exports org.vmail.delivery.relay;
    exports org.vmail.delivery.reply;
}
