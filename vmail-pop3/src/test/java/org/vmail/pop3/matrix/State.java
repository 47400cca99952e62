package org.vmail.pop3.matrix;

/** What a connection is for, in the words of the page. */
enum State implements Word {
    A("a.example"),
    MAIN("main.example"),
    B("b.example"),
    SHARED("shared"),
    NOBODYS("nobody's"),
    DISPUTED("disputed"),
    NOT_KNOWN("not known"),
    NOT_KNOWN_NO_TLS("not known, no TLS");

    private final String text;

    State(String text) {
        this.text = text;
    }

    @Override
    public String text() {
        return text;
    }

    /** Whether it cannot be told now. */
    boolean isNotKnown() {
        return this == NOT_KNOWN || this == NOT_KNOWN_NO_TLS;
    }

    /** Whether logins without a domain are for the connection's. */
    boolean isDomain() {
        return this == A || this == B || this == MAIN;
    }
}
