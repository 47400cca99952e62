package org.vmail.examples.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxLocks;

/** Where mailboxes are, and how they are kept there. */
record MailboxSettings(Place place, Map<Domain, Place> ofDomains, long listingMemory, MboxLocks locks) {
    /** How mailboxes are kept in files. */
    enum Format {
        MAILDIR,
        MBOX
    }

    record Place(MailFolder folder, Format format) {}

    /** What a domain has of its own; each may be missing. */
    record Own(Optional<Format> format, Optional<String> path) {
        static Own read(SettingsTable domain) throws SettingsException {
            return new Own(
                    domain.text("mailbox-format", SettingsFile.choice(Format.class, format -> format)),
                    domain.text("mail-path", path -> path));
        }
    }

    /**
     * Reads them.
     *
     * @param root has the mail
     * @param others folders that are for something else
     */
    static MailboxSettings read(SettingsTable root, List<Path> others, Map<Domain, Own> domains)
            throws SettingsException {
        SettingsTable table = root.table("mailboxes");
        MailFolder plain = MailFolder.at(root.requiredText("mail", SettingsTable::pathOf));
        for (Path other : others) {
            plain = plain.withReserved(other);
        }
        MailFolder reserved = plain;
        MailFolder marked = table.text("marker", reserved::withMarker).orElse(reserved);
        String path = table.text("path", text -> text).orElse("%d/%u");
        Place place = new Place(
                table.meaning("path", path, marked::withPath),
                table.text("format", SettingsFile.choice(Format.class, format -> format))
                        .orElse(Format.MAILDIR));
        List<MboxLocks.Method> locks =
                table.texts("mbox-locks", SettingsFile.choice(MboxLocks.Method.class, method -> method));
        MailboxSettings settings = new MailboxSettings(
                place,
                places(root.table("domains"), domains, place, path),
                table.number("listing-memory-octets", 64L << 20, octets -> {
                    MaildirStore.in(reserved).withListingMemory(octets); // which knows what makes no sense
                    return octets;
                }),
                locks.isEmpty()
                        ? MboxLocks.DEBIAN
                        : table.meaning(
                                "mbox-locks",
                                locks,
                                list -> MboxLocks.DEBIAN.withMethods(list.toArray(MboxLocks.Method[]::new))));
        table.allAsked();
        return settings;
    }

    private static Map<Domain, Place> places(SettingsTable table, Map<Domain, Own> domains, Place usual, String path)
            throws SettingsException {
        Map<Domain, Place> places = new LinkedHashMap<>();
        for (Map.Entry<Domain, Own> entry : domains.entrySet()) {
            Own own = entry.getValue();
            MailFolder folder = usual.folder();
            if (own.path().isPresent()) {
                String mailPath = own.path().get();
                folder = table.meaning(entry.getKey() + ".mail-path", mailPath, usual.folder()::withPath);
                if (!upToDomain(mailPath).equals(upToDomain(path))) {
                    throw table.problem(
                            entry.getKey() + ".mail-path",
                            "has to begin with " + String.join("/", upToDomain(path))
                                    + " as mailboxes.path does, lest it lead to mailboxes of other domains");
                }
            }
            Place place = new Place(folder, own.format().orElse(usual.format()));
            if (own.path().isPresent() || place.format() != usual.format()) {
                places.put(entry.getKey(), place);
            }
        }
        return places;
    }

    /** Where all names are the same as far as the domain, the mailboxes of two domains have nothing in common. */
    private static List<String> upToDomain(String path) {
        List<String> names = List.of(path.split("/"));
        return new ArrayList<>(names.subList(0, names.indexOf("%d") + 1));
    }

    Place of(Domain domain) {
        return ofDomains.getOrDefault(domain, place);
    }
}
