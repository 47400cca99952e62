package org.vmail.auth.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.auth.internal.LoginResult.Accepted;
import org.vmail.auth.internal.LoginResult.Rejected;
import org.vmail.directory.Account;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.LoginResolution;
import org.vmail.internal.SaslPrep;
import org.vmail.internal.ScramKeys;

/**
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), the server's side.
 *
 * <p>Names are prepared by {@link SaslPrep}. What is wrong with the channel or with the authorization identity is said at
 * once, for the client knows it anyway; everything else fails at the proof.
 */
final class ScramMechanism implements Mechanism {
    private static final int MAX_MESSAGE_OCTETS = 2048;
    private static final int NONCE_OCTETS = 18;
    private static final String NONCE = "[\\x21-\\x2b\\x2d-\\x7e]";
    private static final String EXTENSIONS = "(?:,[A-Za-z]=[^,\\x00]+)*";
    private static final Pattern CLIENT_FIRST = Pattern.compile("n=([^,\\x00]+),r=(" + NONCE + "{1,256})" + EXTENSIONS);
    private static final Pattern CLIENT_FINAL =
            Pattern.compile("(c=([A-Za-z0-9+/=]+),r=(" + NONCE + "{1,512})" + EXTENSIONS + "),p=([A-Za-z0-9+/=]{44})");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Logins logins;
    private final ScramAccounts accounts;
    private final DomainChoice connection;
    private final ChannelBindings bindings;
    private final boolean plus;
    private final String serverNonce;
    private Optional<Offer> offer = Optional.empty();

    ScramMechanism(
            Logins logins, ScramAccounts accounts, DomainChoice connection, ChannelBindings bindings, boolean plus) {
        this(logins, accounts, connection, bindings, plus, randomNonce());
    }

    /** With a given nonce, for the examples of the RFC. */
    ScramMechanism(
            Logins logins,
            ScramAccounts accounts,
            DomainChoice connection,
            ChannelBindings bindings,
            boolean plus,
            String serverNonce) {
        this.logins = logins;
        this.accounts = accounts;
        this.connection = connection;
        this.bindings = bindings;
        this.plus = plus;
        this.serverNonce = serverNonce;
    }

    @Override
    public SaslStep respond(byte[] response) throws IOException {
        Optional<String> message = response.length > MAX_MESSAGE_OCTETS ? Optional.empty() : Utf8.decode(response);
        if (message.isEmpty()) {
            return new SaslStep.Malformed("the SCRAM message is too long or not UTF-8");
        }
        return offer.isPresent() ? clientFinal(offer.get(), message.get()) : clientFirst(message.get());
    }

    private SaslStep clientFirst(String message) throws IOException {
        Optional<Gs2Header> header = Gs2Header.of(message);
        if (header.isEmpty()) {
            return new SaslStep.Malformed("the SCRAM message begins with no gs2-header");
        }
        String bare = message.substring(header.get().text().length());
        if (bare.startsWith("m=")) {
            return failed(
                    new Rejected("", Optional.empty(), "unknown SCRAM extension", connection.rule()),
                    "extensions-not-supported");
        }
        Matcher matcher = CLIENT_FIRST.matcher(bare);
        if (!matcher.matches()) {
            return new SaslStep.Malformed("no client-first-message");
        }
        Optional<String> name =
                Gs2Header.saslName(matcher.group(1)).flatMap(SaslPrep::prepare).filter(text -> !text.isEmpty());
        if (name.isEmpty()) {
            return new SaslStep.Malformed("the SCRAM user name is badly encoded");
        }
        return serverFirst(header.get(), bare, name.get(), matcher.group(2));
    }

    private SaslStep serverFirst(Gs2Header header, String clientFirstBare, String name, String clientNonce)
            throws IOException {
        LoginResolution resolution = logins.resolve(name, connection);
        Optional<String> problem = channelProblem(header);
        if (problem.isPresent()) {
            return failed(
                    Logins.rejected(name, resolution, "channel binding: " + problem.get(), connection), problem.get());
        }
        if (!logins.isSameAccount(header.authzid(), resolution, connection)) {
            return failed(
                    Logins.rejected(name, resolution, "nobody may act as somebody else", connection), "other-error");
        }
        ScramAccount account = accounts.find(name, resolution);
        String nonce = clientNonce + serverNonce;
        String serverFirst = "r=" + nonce + ",s=" + SaslBase64.encode(account.salt()) + ",i=" + account.iterations();
        offer = Optional.of(new Offer(header, name, resolution, account, nonce, clientFirstBare + ',' + serverFirst));
        return new SaslStep.Challenge(serverFirst.getBytes(UTF_8));
    }

    /** The error of RFC 5802, section 7, that the client's channel binding deserves (section 6). */
    private Optional<String> channelProblem(Gs2Header header) {
        return switch (header.binding()) {
            case REQUIRED -> requiredProblem(header.bindingType());
            case NOT_OFFERED ->
                bindings.isPossible() || plus ? Optional.of("server-does-support-channel-binding") : Optional.empty();
            case UNSUPPORTED -> plus ? Optional.of("channel-bindings-dont-match") : Optional.empty();
        };
    }

    private Optional<String> requiredProblem(String type) {
        if (!plus || !bindings.isPossible()) {
            return Optional.of("channel-binding-not-supported");
        }
        return bindings.ofType(type).isPresent() ? Optional.empty() : Optional.of("unsupported-channel-binding-type");
    }

    private SaslStep clientFinal(Offer made, String message) {
        Matcher matcher = CLIENT_FINAL.matcher(message);
        Optional<byte[]> channel = matcher.matches() ? SaslBase64.decodeAny(matcher.group(2)) : Optional.empty();
        Optional<byte[]> proof = matcher.matches() ? SaslBase64.decodeAny(matcher.group(4)) : Optional.empty();
        if (channel.isEmpty() || proof.isEmpty() || proof.get().length != ScramKeys.KEY_OCTETS) {
            return new SaslStep.Malformed("no client-final-message");
        }
        if (!matcher.group(3).equals(made.nonce())) {
            return failed(made.rejected("the SCRAM nonce is of another exchange", connection), "other-error");
        }
        if (!MessageDigest.isEqual(channel.get(), expectedChannel(made.header()))) {
            return failed(made.rejected("channel binding: another channel", connection), "channel-bindings-dont-match");
        }
        byte[] authMessage = (made.transcript() + ',' + matcher.group(1)).getBytes(UTF_8);
        return new SaslStep.Check(
                made.resolution().resolved(), Optional.empty(), () -> verify(made, authMessage, proof.get()));
    }

    private SaslStep.Done verify(Offer made, byte[] authMessage, byte[] proof) throws IOException {
        ScramKeys keys = made.account().keys();
        boolean proved = keys.isProvedBy(authMessage, proof);
        Optional<Account> account = made.account().account();
        if (!proved || account.isEmpty() || !(made.resolution() instanceof LoginResolution.Resolved resolved)) {
            return failed(made.rejected(made.account().rejection(), connection), "invalid-proof");
        }
        String signature = "v=" + SaslBase64.encode(keys.serverSignature(authMessage));
        return new SaslStep.Done(new Accepted(account.get(), resolved.rule()), Optional.of(signature.getBytes(UTF_8)));
    }

    /** The cbind-input of RFC 5802, section 7. */
    private byte[] expectedChannel(Gs2Header header) {
        byte[] text = header.text().getBytes(UTF_8);
        return bindings.ofType(header.bindingType())
                .map(data -> Bytes.concat(text, data))
                .orElse(text);
    }

    private static SaslStep.Done failed(LoginResult result, String error) {
        return new SaslStep.Done(result, Optional.of(("e=" + error).getBytes(UTF_8)));
    }

    private static String randomNonce() {
        byte[] octets = new byte[NONCE_OCTETS];
        RANDOM.nextBytes(octets);
        return SaslBase64.encode(octets);
    }

    /** What the server has answered to the first message. */
    private record Offer(
            Gs2Header header,
            String name,
            LoginResolution resolution,
            ScramAccount account,
            String nonce,
            String transcript) {
        Rejected rejected(String reason, DomainChoice connection) {
            return Logins.rejected(name, resolution, reason, connection);
        }
    }
}
