package org.vmail.net;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Private keys in the forms that certificate authorities' programs and OpenSSL write: PKCS #8 (RFC 5958), PKCS #1 for RSA
 * (RFC 8017, A.1.2) and SEC 1 for elliptic curves (RFC 5915).
 */
final class PrivateKeys {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] VERSION_0 = Der.value(Der.INTEGER, new byte[1]);
    private static final byte[] RSA = HEX.parseHex("2a864886f70d010101");
    private static final byte[] RSASSA_PSS = HEX.parseHex("2a864886f70d01010a");
    private static final byte[] EC = HEX.parseHex("2a8648ce3d0201");
    private static final byte[] ED25519 = HEX.parseHex("2b6570");
    private static final byte[] ED448 = HEX.parseHex("2b6571");

    private PrivateKeys() {}

    /**
     * The first private key of a file.
     *
     * @param provider who shall make the key, if it can: then it need not convert it at each handshake
     */
    static PrivateKey read(PemFile file, Optional<Provider> provider) throws IOException {
        byte[] curve = new byte[0];
        for (PemFile.Block block : file.blocks()) {
            if (block.label().equals("EC PARAMETERS")) {
                curve = block.octets();
            } else if (block.label().endsWith("PRIVATE KEY")) {
                return decode(block, curve, file.origin(), provider);
            }
        }
        throw new IOException(file.origin() + " holds no private key");
    }

    private static PrivateKey decode(PemFile.Block block, byte[] curve, String origin, Optional<Provider> provider)
            throws IOException {
        if (block.encrypted() || block.label().equals("ENCRYPTED PRIVATE KEY")) {
            throw new IOException(origin + ": the private key is encrypted; a server needs it without a password");
        }
        try {
            byte[] pkcs8 = switch (block.label()) {
                case "PRIVATE KEY" -> block.octets();
                case "RSA PRIVATE KEY" -> pkcs8(RSA, Der.value(Der.NULL), block.octets());
                case "EC PRIVATE KEY" -> pkcs8(EC, curve(block.octets(), curve), block.octets());
                default -> throw new IOException("this kind of key is not known");
            };
            return factory(algorithm(pkcs8), provider).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            // Without the cause, whose text may tell of the key.
            throw new IOException(origin + ": the private key cannot be decoded");
        } catch (IOException e) {
            throw new IOException(
                    origin + ": the block \"" + block.label() + "\" cannot be read: " + e.getMessage(), e);
        }
    }

    private static byte[] pkcs8(byte[] algorithm, byte[] parameters, byte[] key) {
        byte[] identifier = Der.value(Der.SEQUENCE, Der.value(Der.OBJECT_IDENTIFIER, algorithm), parameters);
        return Der.value(Der.SEQUENCE, VERSION_0, identifier, Der.value(Der.OCTET_STRING, key));
    }

    /** The name of the curve: in the key, or else in the block before it. */
    private static byte[] curve(byte[] key, byte[] before) throws IOException {
        Der fields = new Der(new Der(key).read(Der.SEQUENCE));
        fields.read(Der.INTEGER);
        fields.read(Der.OCTET_STRING);
        Der parameters = new Der(fields.nextIs(Der.CONTEXT_0) ? fields.read(Der.CONTEXT_0) : before);
        if (!parameters.nextIs(Der.OBJECT_IDENTIFIER)) {
            throw new IOException("its curve is not given by name");
        }
        return Der.value(Der.OBJECT_IDENTIFIER, parameters.read(Der.OBJECT_IDENTIFIER));
    }

    private static String algorithm(byte[] pkcs8) throws IOException {
        Der fields = new Der(new Der(pkcs8).read(Der.SEQUENCE));
        fields.read(Der.INTEGER);
        byte[] identifier = new Der(fields.read(Der.SEQUENCE)).read(Der.OBJECT_IDENTIFIER);
        if (Arrays.equals(identifier, RSA)) {
            return "RSA";
        }
        if (Arrays.equals(identifier, RSASSA_PSS)) {
            return "RSASSA-PSS";
        }
        if (Arrays.equals(identifier, EC)) {
            return "EC";
        }
        if (Arrays.equals(identifier, ED25519) || Arrays.equals(identifier, ED448)) {
            return "EdDSA";
        }
        throw new IOException("this kind of key is not known");
    }

    private static KeyFactory factory(String algorithm, Optional<Provider> provider) throws NoSuchAlgorithmException {
        Optional<Provider> able = provider.filter(candidate -> candidate.getService("KeyFactory", algorithm) != null);
        return able.isPresent() ? KeyFactory.getInstance(algorithm, able.get()) : KeyFactory.getInstance(algorithm);
    }
}
