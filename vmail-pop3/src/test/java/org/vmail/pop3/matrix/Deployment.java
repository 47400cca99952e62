package org.vmail.pop3.matrix;

/** Who serves the main domain. */
enum Deployment implements Word {
    OURS("Ours only"),
    EARLY("Main domain chained early"),
    LATE("Main domain chained late"),
    NATIVE("Main domain served here");

    private final String text;

    Deployment(String text) {
        this.text = text;
    }

    @Override
    public String text() {
        return text;
    }
}
