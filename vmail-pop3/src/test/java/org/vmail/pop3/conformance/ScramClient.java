package org.vmail.pop3.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The client's side of SCRAM-SHA-256 (RFC 5802, section 3; RFC 7677). In its strings each char is one octet. Names and
 * passwords are taken as they are, without SASLprep. Used once.
 */
final class ScramClient {
    private static final Pattern SERVER_FIRST =
            Pattern.compile("(r=([!-+\\--~]+),s=([A-Za-z0-9+/=]+),i=([1-9][0-9]{0,6}))");
    private static final int NONCE_OCTETS = 18;
    private static final int MIN_ITERATIONS = 4096;

    private final String gs2Header;
    private final String firstBare;
    private final String nonce = newNonce();
    private final String password;
    private byte[] saltedPassword = {};
    private String authMessage = "";

    ScramClient(String gs2Header, String user, String password) {
        this.gs2Header = gs2Header;
        this.password = password;
        this.firstBare = "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
    }

    /** Whether it binds to the TLS connection, so that the mechanism is another. */
    boolean isBound() {
        return gs2Header.startsWith("p=");
    }

    String mechanism() {
        return isBound() ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256";
    }

    /** The client-first-message in base64. */
    String first() {
        return base64(gs2Header + firstBare);
    }

    /**
     * The client-final-message in base64, or IllegalArgumentException if the server's line is no challenge of SCRAM.
     *
     * @param channel the channel binding data, if it is bound
     */
    String proof(String line, byte[] channel) {
        if (!line.startsWith("+ ")) {
            throw new IllegalArgumentException("it does not begin with '+ '");
        }
        Matcher serverFirst =
                SERVER_FIRST.matcher(new String(Base64.getDecoder().decode(line.substring(2)), ISO_8859_1));
        if (!serverFirst.matches()) {
            throw new IllegalArgumentException("no server-first-message");
        }
        String whole = serverFirst.group(2);
        int iterations = Integer.parseInt(serverFirst.group(4));
        if (!whole.startsWith(nonce) || whole.length() == nonce.length()) {
            throw new IllegalArgumentException("the server added nothing to the nonce");
        }
        if (iterations < MIN_ITERATIONS) {
            throw new IllegalArgumentException("fewer than 4096 iterations (RFC 7677, section 4)");
        }
        ByteArrayOutputStream binding = new ByteArrayOutputStream();
        binding.writeBytes(octets(gs2Header));
        binding.writeBytes(channel);
        String withoutProof = "c=" + Base64.getEncoder().encodeToString(binding.toByteArray()) + ",r=" + whole;
        authMessage = firstBare + "," + serverFirst.group(1) + "," + withoutProof;
        saltedPassword = salted(Base64.getDecoder().decode(serverFirst.group(3)), iterations);
        byte[] clientKey = hmac(saltedPassword, octets("Client Key"));
        byte[] proof = xor(clientKey, hmac(sha256(clientKey), octets(authMessage)));
        return base64(withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof));
    }

    /** What the server has to answer, in base64. */
    String serverSignature() {
        byte[] signature = hmac(hmac(saltedPassword, octets("Server Key")), octets(authMessage));
        return base64("v=" + Base64.getEncoder().encodeToString(signature));
    }

    private byte[] salted(byte[] salt, int iterations) {
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        first.writeBytes(salt);
        first.writeBytes(new byte[] {0, 0, 0, 1});
        byte[] round = hmac(octets(password), first.toByteArray());
        byte[] result = round;
        for (int i = 1; i < iterations; i++) {
            round = hmac(octets(password), round);
            result = xor(result, round);
        }
        return result;
    }

    private static byte[] hmac(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has HmacSHA256", e);
        }
    }

    private static byte[] sha256(byte[] octets) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(octets);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    private static byte[] xor(byte[] one, byte[] other) {
        byte[] result = new byte[one.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (byte) (one[i] ^ other[i]);
        }
        return result;
    }

    private static String base64(String octets) {
        return Base64.getEncoder().encodeToString(octets(octets));
    }

    private static byte[] octets(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static String newNonce() {
        byte[] octets = new byte[NONCE_OCTETS];
        new SecureRandom().nextBytes(octets);
        return Base64.getEncoder().encodeToString(octets);
    }
}
