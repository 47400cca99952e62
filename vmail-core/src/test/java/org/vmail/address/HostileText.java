package org.vmail.address;

import java.util.List;
import java.util.Random;

/** Endless text of the kind that attackers send, the same for the same seed; about a third of it is nearly harmless. */
public final class HostileText {
    private static final List<String> HARMLESS =
            List.of("joe", "ann", "a", "b", "a.example", "b.example", "example", "x-y", "0", "42", "J", "Who");

    private static final List<String> NASTY = List.of(
            // what ends lines, strings and paths
            "\0",
            "\r",
            "\n",
            "\r\n",
            "\t",
            "\u001b",
            "\u007f",
            "\u0085",
            "\u2028",
            "\u2029",
            "/",
            "\\",
            ".",
            "..",
            "../",
            "%",
            "%2e",
            "%2f",
            "%00",
            "~",
            "-",
            "--",
            "|",
            ";",
            "$(",
            "`",
            "*",
            ")(",
            "\"",
            "\\\"",
            "'",
            "@",
            "@@",
            ":",
            "!",
            "#",
            " ",
            "  ",
            "\u00a0",
            "\u3000",
            ",",
            "<",
            ">",
            // what looks like something else, or like nothing
            "\u202e",
            "\u2066",
            "\u200e",
            "\u200f",
            "\u061c",
            "\u200b",
            "\u200c",
            "\u200d",
            "\ufeff",
            "\u00ad",
            "\uff0e",
            "\uff0f",
            "\uff3c",
            "\uff20",
            "\uff41",
            "\u3002",
            "\uff61",
            "\u2024",
            "\u2025",
            "\u2100",
            // what changes when it is normalised or lower-cased
            "\u00df",
            "\u1e9e",
            "\u03c2",
            "\u03a3",
            "\u0130",
            "\u0131",
            "\u023a",
            "\u212a",
            "\u017f",
            "\u037e",
            "\u1fef",
            "\u2126",
            "\u00e9",
            "e\u0301",
            "\u0301",
            "\u0307",
            "\u0338",
            "\u0345",
            "\u1100\u1161\u11a8",
            // what is no character
            "\ud800",
            "\udbff",
            "\udc00",
            "\ufffd",
            "\ufffe",
            "\ue000",
            "\u0378",
            "\udb40\udc01",
            "\udbff\udfff",
            "\ud83d\ude00",
            "\ud835\udc00",
            "xn--",
            "XN--MNCHEN-3YA",
            "xn--mnchen-3ya.example",
            "m\u00fcnchen");

    private final Random random;

    public HostileText(long seed) {
        random = new Random(seed);
    }

    /** A text of up to a dozen pieces, rarely a very long one. */
    public String next() {
        int nastyOutOfTwelve = new int[] {0, 1, 3, 12}[random.nextInt(4)];
        StringBuilder text = new StringBuilder();
        for (int pieces = random.nextInt(12); pieces >= 0; pieces--) {
            String piece = piece(nastyOutOfTwelve);
            text.append(random.nextInt(40) == 0 ? piece.repeat(1 + random.nextInt(130)) : piece);
        }
        return text.toString();
    }

    /** A text with an {@code @}, the part before it quoted now and then. */
    public String nextAddress() {
        String localPart = random.nextInt(3) == 0 ? '"' + next() + '"' : next();
        return localPart + "@" + (random.nextInt(3) == 0 ? next() : "a.example");
    }

    private String piece(int nastyOutOfTwelve) {
        if (random.nextInt(12) < nastyOutOfTwelve) {
            return random.nextInt(10) == 0
                    ? Character.toString((char) random.nextInt(0x10000))
                    : NASTY.get(random.nextInt(NASTY.size()));
        }
        return HARMLESS.get(random.nextInt(HARMLESS.size()));
    }
}
