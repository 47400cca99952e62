package org.vmail.pop3.matrix;

/** What a client says who it is: one of each form. */
enum Login implements Word {
    BARE("joe", ""),
    OWN("joe@a.example", "a.example"),
    OTHER("joe@b.example", "b.example"),
    PERCENT("joe%b.example", "b.example"),
    DOMAIN_FIRST("b.example/joe", "b.example"),
    ALIAS("joe@old-a.example", "a.example"),
    MAIN_BARE("ann", ""),
    MAIN("ann@main.example", "main.example"),
    UNKNOWN_DOMAIN("joe@nowhere.example", "nowhere.example"),
    WRONG_PASSWORD("joe@a.example", "a.example") {
        @Override
        public String text() {
            return super.text() + ", wrong password";
        }

        @Override
        String password() {
            return "open barley 4711";
        }
    };

    static final String PASSWORD = "open sesame 1001";

    private final String name;
    private final String domain;

    Login(String name, String domain) {
        this.name = name;
        this.domain = domain;
    }

    @Override
    public String text() {
        return "`" + name + "`";
    }

    /** What follows USER. */
    String wire() {
        return name;
    }

    String password() {
        return PASSWORD;
    }

    /** The local part. */
    String user() {
        return name.contains("ann") ? "ann" : "joe";
    }

    /** Whether it is for another domain than the connection. */
    boolean contradicts(State connection) {
        return !domain.isEmpty() && connection.isDomain() && !domain.equals(connection.text());
    }
}
