package org.vmail.pop3.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a server says that it can do. */
final class OfferedFeatures {
    private OfferedFeatures() {}

    static Set<String> ask(Pop3Conformance server) throws IOException {
        Set<String> features = new TreeSet<>();
        try (Talk talk = Talk.connect(server.address(false), server.timeout(), Optional.empty(), 1)) {
            server.encrypt(talk, false);
            if (talk.readLine().matches(".*<[^<>@]+@[^<>]+>.*")) {
                features.add("apop");
            }
            addCapabilities(talk, "", features);
            if (features.contains("user") && logIn(talk, server.fixture())) {
                addCapabilities(talk, "", features);
            }
            talk.send("QUIT\r\n");
        } catch (Mismatch e) {
            throw new IOException("The server does not tell what it can do: " + e.getMessage(), e);
        }
        if (server.hasTlsPort()) {
            askWithTls(server, features);
        }
        return features;
    }

    private static void askWithTls(Pop3Conformance server, Set<String> features) throws IOException {
        try (Talk talk = Talk.connect(server.address(true), server.timeout(), Optional.empty(), 1)) {
            server.encrypt(talk, true);
            talk.readLine();
            addCapabilities(talk, "tls ", features);
            talk.send("QUIT\r\n");
        } catch (Mismatch e) {
            throw new IOException("The server does not tell what it can do with TLS: " + e.getMessage(), e);
        }
    }

    private static boolean logIn(Talk talk, MailboxFixture fixture) throws IOException, Mismatch {
        talk.send("USER " + fixture.user() + "\r\n");
        talk.readLine();
        talk.send("PASS " + fixture.password() + "\r\n");
        String reply = talk.readLine();
        if (!reply.startsWith("+OK")) {
            throw new Mismatch(Talk.shown(reply) + " to PASS");
        }
        return true;
    }

    private static void addCapabilities(Talk talk, String prefix, Set<String> features) throws IOException, Mismatch {
        talk.send("CAPA\r\n");
        if (!talk.readLine().startsWith("+OK")) {
            return;
        }
        features.add(prefix + "capa");
        List<String> lines = new ArrayList<>();
        for (String line = talk.readLine(); !line.equals("."); line = talk.readLine()) {
            lines.add(line.toLowerCase(Locale.ROOT));
        }
        for (String line : lines) {
            String[] words = line.split(" +", -1);
            features.add(prefix + words[0]);
            for (int i = 1; i < words.length; i++) {
                features.add(prefix + words[0] + " " + words[i]);
            }
        }
    }
}
