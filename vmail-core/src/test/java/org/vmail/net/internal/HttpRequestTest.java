package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRequestTest {
    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.0", "POST /x HTTP/1.1", "Host: a.example", "hOST:a"})
    void httpIsRecognised(String line) {
        assertThat(HttpRequest.isLine(line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GETX", "USER GET ", "DELE 1", "host", "TOP 1 1", "MAIL FROM:<>", "LHLO host"})
    void mailProtocolsAreNotTakenForHttp(String line) {
        assertThat(HttpRequest.isLine(line)).isFalse();
    }
}
