package org.vmail.chain;

/**
 * The forms of a header of the <a href="https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt">PROXY protocol</a>
 * (section 2 there).
 */
public enum ProxyVersion {
    /** A line of text: the two addresses and ports. */
    V1,
    /** Binary: the two addresses and ports, the server name that the client asked for, and what a proxy told. */
    V2
}
