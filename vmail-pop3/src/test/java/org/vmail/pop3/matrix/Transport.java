package org.vmail.pop3.matrix;

/** How a connection comes. */
enum Transport implements Word {
    PLAIN("plain", 0, Tls.NONE),
    STLS("STLS", 0, Tls.STLS),
    TLS("TLS", 0, Tls.IMPLICIT),
    PROXY_1("PROXY v1", 1, Tls.NONE),
    PROXY_2("PROXY v2", 2, Tls.NONE),
    PROXY_1_STLS("PROXY v1, STLS", 1, Tls.STLS),
    PROXY_2_TLS("PROXY v2, TLS", 2, Tls.IMPLICIT);

    /** When TLS begins. */
    enum Tls {
        NONE,
        STLS,
        IMPLICIT
    }

    private final String text;
    private final int proxyVersion;
    private final Tls tls;

    Transport(String text, int proxyVersion, Tls tls) {
        this.text = text;
        this.proxyVersion = proxyVersion;
        this.tls = tls;
    }

    @Override
    public String text() {
        return text;
    }

    boolean isProxied() {
        return proxyVersion > 0;
    }

    int proxyVersion() {
        return proxyVersion;
    }

    Tls tls() {
        return tls;
    }
}
