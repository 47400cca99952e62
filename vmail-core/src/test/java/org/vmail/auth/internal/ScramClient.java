package org.vmail.auth.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** A client of SCRAM-SHA-256, written from RFC 5802 on the JDK's PBKDF2, which the server does not use. */
public final class ScramClient {
    private final String gs2;
    private final String bare;
    private final String password;
    private String serverSignature = "";

    /** A client, with its GS2 header, that will say its name and a nonce. */
    public ScramClient(String gs2, String name, String nonce, String password) {
        this.gs2 = gs2;
        this.bare = "n=" + name + ",r=" + nonce;
        this.password = password;
    }

    /** Its first message. */
    public byte[] first() {
        return (gs2 + bare).getBytes(UTF_8);
    }

    /** Its last message, to what the server said first. */
    public byte[] last(byte[] serverFirst, byte[] channel) {
        String challenge = new String(serverFirst, UTF_8);
        String[] parts = challenge.split(",", 3);
        byte[] salt = Base64.getDecoder().decode(parts[1].substring(2));
        int iterations = Integer.parseInt(parts[2].substring(2));
        byte[] prefix = gs2.getBytes(UTF_8);
        byte[] cbind = new byte[prefix.length + channel.length];
        System.arraycopy(prefix, 0, cbind, 0, prefix.length);
        System.arraycopy(channel, 0, cbind, prefix.length, channel.length);
        String withoutProof = "c=" + Base64.getEncoder().encodeToString(cbind) + "," + parts[0];
        byte[] auth = (bare + "," + challenge + "," + withoutProof).getBytes(UTF_8);
        try {
            byte[] salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(password.toCharArray(), salt, iterations, 256))
                    .getEncoded();
            byte[] clientKey = hmac(salted, "Client Key".getBytes(UTF_8));
            byte[] signature = hmac(MessageDigest.getInstance("SHA-256").digest(clientKey), auth);
            for (int i = 0; i < clientKey.length; i++) {
                clientKey[i] ^= signature[i];
            }
            serverSignature =
                    "v=" + Base64.getEncoder().encodeToString(hmac(hmac(salted, "Server Key".getBytes(UTF_8)), auth));
            return (withoutProof + ",p=" + Base64.getEncoder().encodeToString(clientKey)).getBytes(UTF_8);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a server that knows the keys says at the end; known after {@link #last}. */
    public String expectedFinal() {
        return serverSignature;
    }

    private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(data);
    }
}
