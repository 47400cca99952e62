package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** An mbox in a folder, as vmail sees it and as another program does. */
final class Mbox {
    static final MailAddress JOE = MailAddress.of("joe@a.example");
    static final String FROM = "From other@c.example Sun Nov 22 16:16:01 2026\n";
    static final MboxLocks IMPATIENT = MboxLocks.DEBIAN.withWaits(Duration.ofMillis(30), Duration.ofMillis(30));

    final Path file;
    private final MboxStore store;

    Mbox(Path root) throws IOException {
        this(root, MboxStore.under(root));
    }

    Mbox(Path root, MboxStore store) throws IOException {
        this.file = Files.createDirectories(root.resolve("a.example")).resolve("joe");
        this.store = store;
    }

    /** Seen by a store that is told how far its changes have come. */
    static Mbox watched(Path root, Settings.Steps steps) throws IOException {
        return new Mbox(
                root, MboxStore.at(account -> MboxPaths.of(MailFolder.at(root), account), Clock.systemUTC(), steps));
    }

    MboxStore store() {
        return store;
    }

    Mbox write(String text) throws IOException {
        Files.writeString(file, text, ISO_8859_1);
        return this;
    }

    Mbox append(String text) throws IOException {
        Files.writeString(file, text, ISO_8859_1, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return this;
    }

    String text() throws IOException {
        return Files.readString(file, ISO_8859_1);
    }

    void replace(String old, String replacement) throws IOException {
        String text = text();
        assertThat(text).contains(old);
        write(text.replace(old, replacement));
    }

    void deliver(String message) throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write(message.getBytes(ISO_8859_1));
            delivery.commit();
        }
    }

    Maildrop open() throws IOException {
        return open(store);
    }

    static Maildrop open(MaildropStore store) throws IOException {
        OpenResult result = store.open(JOE);
        assertThat(result).isInstanceOf(OpenResult.Opened.class);
        return ((OpenResult.Opened) result).maildrop();
    }

    /** What is in it, by unique-id. */
    Map<UniqueId, String> messages() throws IOException {
        Map<UniqueId, String> messages = new LinkedHashMap<>();
        try (Maildrop maildrop = open()) {
            for (StoredMessage message : maildrop.messages()) {
                String content = content(maildrop, message);
                assertThat(message.octets()).as("RFC 1939, section 11").isEqualTo(content.length());
                assertThat(messages.put(message.uniqueId(), content)).isNull();
            }
        }
        return messages;
    }

    List<String> contents() throws IOException {
        return List.copyOf(messages().values());
    }

    List<UniqueId> ids() throws IOException {
        return List.copyOf(messages().keySet());
    }

    /** Removes messages by their index. */
    void remove(int... indices) throws IOException {
        try (Maildrop maildrop = open()) {
            List<UniqueId> ids = new ArrayList<>();
            for (int index : indices) {
                ids.add(maildrop.messages().get(index).uniqueId());
            }
            maildrop.remove(Set.copyOf(ids));
        }
    }

    Set<String> filesBeside() throws IOException {
        try (var files = Files.list(file.getParent())) {
            Set<String> names = new TreeSet<>();
            files.forEach(found -> names.add(found.getFileName().toString()));
            names.remove("joe");
            return names;
        }
    }

    static String content(Maildrop maildrop, StoredMessage message) throws IOException {
        try (InputStream in = maildrop.content(message).orElseThrow()) {
            return new String(in.readAllBytes(), ISO_8859_1);
        }
    }
}
