package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.mailbox.maildir.MaildirListing.Located;

/** Makes the table of unique-ids of a mailbox that is locked. */
final class UniqueIdImport {
    private final MaildirFolder mailbox;
    private final FolderReader reader;

    UniqueIdImport(MaildirFolder mailbox, FolderReader reader) {
        this.mailbox = mailbox;
        this.reader = reader;
    }

    ImportResult from(UniqueIdSource source, String temporaryName) throws IOException {
        List<MessageName> messages = MaildirListing.of(mailbox, reader, null, Optional.empty()).files().stream()
                .map(Located::name)
                .toList();
        Optional<OldUniqueIds> old = read(source, messages);
        if (old.isEmpty()) {
            return new ImportResult.NoList();
        }
        UniqueIdTable before = UniqueIdTable.of(mailbox, UniqueIdTable.NONE);
        UniqueIdTable table = UniqueIdTable.empty();
        int imported = 0;
        int unusable = old.get().damaged();
        Set<String> unnamed = new HashSet<>();
        messages.forEach(message -> unnamed.add(message.uniquePart()));
        for (OldUniqueIds.Entry entry : old.get().entries()) {
            String unique = entry.name().uniquePart();
            if (!unnamed.remove(unique)) {
                continue; // gone, or named twice
            }
            if (isDefault(entry) || table.add(unique, entry.uniqueId())) {
                imported++;
            } else {
                unusable++;
            }
        }
        keepOthers(messages, unnamed, before, table);
        table.write(mailbox, temporaryName);
        return new ImportResult.Imported(imported, unusable);
    }

    private Optional<OldUniqueIds> read(UniqueIdSource source, List<MessageName> messages) throws IOException {
        if (source instanceof DovecotUidList dovecot) {
            return read(DovecotUidList.FILE, dovecot::read);
        }
        if (source instanceof CourierPop3List) {
            return read(CourierPop3List.FILE, CourierPop3List::read);
        }
        return Optional.of(BaseNames.read(messages));
    }

    private Optional<OldUniqueIds> read(String file, Parser parser) throws IOException {
        Optional<BoundedLines> lines = BoundedLines.open(mailbox.path().resolve(file));
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        try (BoundedLines open = lines.get()) {
            return Optional.of(parser.read(open));
        }
    }

    /** What the list does not name keeps its unique-id, if no message of the list has that now. */
    private static void keepOthers(
            List<MessageName> messages, Set<String> unnamed, UniqueIdTable before, UniqueIdTable table) {
        for (MessageName message : messages) {
            String unique = message.uniquePart();
            if (unnamed.contains(unique) && before.has(unique)) {
                table.add(unique, before.of(message).value());
            }
        }
    }

    private static boolean isDefault(OldUniqueIds.Entry entry) {
        return entry.name().uniqueId().value().equals(entry.uniqueId());
    }

    private interface Parser {
        OldUniqueIds read(BoundedLines lines) throws IOException;
    }
}
