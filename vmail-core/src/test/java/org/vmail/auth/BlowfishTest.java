package org.vmail.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BlowfishTest {

    @Test
    void initialStateIsTheFractionOfPi() {
        int[] p = Blowfish.Pi.SUBKEYS_OF_PI;
        assertThat(p).hasSize(18).startsWith(0x243f6a88, 0x85a308d3).endsWith(0x9216d5d9, 0x8979fb1b);

        int[] s = Blowfish.Pi.S_BOXES_OF_PI;
        assertThat(s).hasSize(1024).startsWith(0xd1310ba6, 0x98dfb5ac).endsWith(0x578fdfe3, 0x3ac372e6);
        assertThat(s[255]).as("last entry of S1").isEqualTo(0x6e85076a);
        assertThat(s[256]).as("first entry of S2").isEqualTo(0x4b7a70e9);
        assertThat(s[511]).as("last entry of S2").isEqualTo(0xdb83adf7);
        assertThat(s[512]).as("first entry of S3").isEqualTo(0xe93d5a68);
        assertThat(s[767]).as("last entry of S3").isEqualTo(0x406000e0);
        assertThat(s[768]).as("first entry of S4").isEqualTo(0x3a39ce37);
    }
}
