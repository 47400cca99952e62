package org.vmail.directory.jdbc;

/** The names that the columns of answers have. */
final class Columns {
    static final String NAME = "name";
    static final String ADDRESS = "address";
    static final String PASSWORD = "password";
    static final String FULL_NAME = "full_name";
    static final String DISABLED = "disabled";
    static final String FORWARD = "forward";
    static final String KEEP_COPY = "keep_copy";
    static final String TARGET = "target";
    static final String QUOTA_OCTETS = "quota_octets";
    static final String QUOTA_MESSAGES = "quota_messages";
    static final String FULL_NAMES = "full_names";
    static final String SUBADDRESS_DELIMITERS = "subaddress_delimiters";
    static final String OVER_QUOTA = "over_quota";
    static final String MAX_ACCOUNTS = "max_accounts";
    static final String AUTO_RESPONSES = "auto_responses";

    private Columns() {}
}
