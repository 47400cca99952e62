package org.vmail.pop3.matrix;

/** What becomes of a login, in the words of the page. */
enum Outcome implements Word {
    A("a.example"),
    B("b.example"),
    MAIN("main.example"),
    NATIVE("native"),
    REFUSED("[AUTH]"),
    NATIVE_REFUSED("native [AUTH]"),
    CLOSED_FOR_GOOD("closed [SYS/PERM]"),
    CLOSED_FOR_NOW("closed [SYS/TEMP]"),
    CLOSED("closed");

    private final String text;

    Outcome(String text) {
        this.text = text;
    }

    @Override
    public String text() {
        return text;
    }
}
