package org.vmail.mailbox.maildir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/**
 * RFC 1939, section 7: a unique-id persists across sessions, and for the client across servers. The lists are those that
 * Dovecot 2.3.19 and Courier 1.0.16 wrote, and the unique-ids expected are those that they sent.
 */
class UniqueIdImportTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final String LONG_NAME =
            "1700000003.3_4.a-host-name.that-is-much-too-long.for-a-unique-id.to-hold-all-of-it.example";
    private static final String LONG_NAMES_ID =
            new MessageName(LONG_NAME).uniqueId().value();

    @TempDir
    Path root;

    private MaildirStore store;
    private Path mailbox;

    @BeforeEach
    void makeMessages() throws IOException {
        store = MaildirStore.under(root);
        open().close();
        mailbox = root.resolve("a.example/joe");
        Files.writeString(mailbox.resolve("new/1700000001.M1P1.host"), "one\n");
        Files.writeString(mailbox.resolve("cur/1700000002.M2P1.host,S=16,W=19:2,S"), "two\n");
        Files.writeString(mailbox.resolve("cur/" + LONG_NAME + ":2,"), "three\n");
        Files.writeString(mailbox.resolve("cur/1700000004.V801I1e240M123456.host,S=17:2,S"), "four\n");
        Files.writeString(mailbox.resolve("cur/1700000005.M+1'\"P2 x.host:2,S"), "five\n");
    }

    @Test
    void dovecotsUniqueIdsAreItsUidAndUidvalidity() throws IOException {
        assertThat(store.importUniqueIds(JOE, dovecot("dovecot-uidlist-3", "%08Xu%08Xv")))
                .isEqualTo(new ImportResult.Imported(5, 0));
        assertThat(ids())
                .containsExactly(
                        "000000016b031e5a",
                        "000000026b031e5a",
                        "000000036b031e5a",
                        "000000046b031e5a",
                        "000000056b031e5a");
    }

    @Test
    void whatDovecotSavedCounts() throws IOException {
        assertThat(store.importUniqueIds(JOE, dovecot("dovecot-uidlist-3-saved", "%f")))
                .isEqualTo(new ImportResult.Imported(5, 0));
        assertThat(ids()).startsWith("000000016b031e5a", "000000026b031e5a").hasSize(5);
    }

    /** Each as Dovecot sent it for these names and numbers. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "%g         | 1700000002.M2P1.host,S=16,W=19   | guid-x",
                "%f         | 1700000002.M2P1.host,S=16,W=19   | 1700000004.V801I1e240M123456.host,S=17",
                "%v-%u      | 1795366490-2                     | 1795366490-4",
                "%8Xu%Xv    | 26b031e5a                        | 46b031e5a",
                "a%%b%u     | a%b2                             | a%b4",
                "%LUu       | 2                                | 4",
                "%Xu-%5v    | 2-17953                          | 4-17953",
                "%MXu       | 0                                | 0",
                "%02u       | 02                               | 04",
                "%01v-%u    | 1795366490-2                     | 1795366490-4",
                "%3u.%3f    | 2.170                            | 4.170",
                "%Mf        | fcf47b7bc60051dad7cc3d1d575df75c | 9210a89cd0c3bffc0aaadab545fe6d49",
                "%u-%5Mf    | 2-fcf47                          | 4-9210a",
                "%08XLu     | 00000002                         | 00000004",
                "%u-%UXv    | 2-6b031e5a                       | 4-6b031e5a",
                "%u-%XUv    | 2-6B031E5A                       | 4-6B031E5A",
                "%u-%012Xv  | 2-00006b031e5a                   | 4-00006b031e5a",
                "%Uf        | 1700000002.M2P1.HOST,S=16,W=19   | 1700000004.V801I1E240M123456.HOST,S=17",
            })
    void dovecotsFormatsGiveWhatDovecotSends(String format, String second, String fourth) {
        UidlFormat uidl = UidlFormat.of(format);
        assertThat(uidl.uniqueId(2, 1795366490, "1700000002.M2P1.host,S=16,W=19", "1700000002.M2P1.host,S=16,W=19"))
                .isEqualTo(second);
        assertThat(uidl.uniqueId(4, 1795366490, "1700000004.V801I1e240M123456.host,S=17", "guid-x"))
                .isEqualTo(fourth);
    }

    @Test
    void courierSendsUidsAndNames() throws IOException {
        copy("courierpop3dsizelist-3", "courierpop3dsizelist");
        assertThat(store.importUniqueIds(JOE, UniqueIdSource.courier())).isEqualTo(new ImportResult.Imported(5, 0));
        assertThat(ids())
                .containsExactly(
                        "UID7-1795366359",
                        "1700000002.M2P1.host,S=16,W=19",
                        "UID2",
                        "UID9-1795366359",
                        "1700000005.M+2B1+27+22P2+20x.host");
    }

    @Test
    void qmailSendsNamesWithTheirSizes() throws IOException {
        assertThat(store.importUniqueIds(JOE, UniqueIdSource.baseNames()))
                .as("one is too long, and one has a space")
                .isEqualTo(new ImportResult.Imported(3, 2));
        assertThat(ids())
                .startsWith(
                        "1700000001.M1P1.host",
                        "1700000002.M2P1.host,S=16,W=19",
                        LONG_NAMES_ID,
                        "1700000004.V801I1e240M123456.host,S=17");
    }

    @Test
    void importedUniqueIdsStayAndNewMessagesGetTheirOwn() throws IOException {
        importDovecots();
        Files.writeString(mailbox.resolve("new/1700000006.M1P1.host,S=2,W=3"), "six");
        Files.move(mailbox.resolve("new/1700000001.M1P1.host"), mailbox.resolve("cur/1700000001.M1P1.host,S=4:2,RS"));
        List<String> expected = List.of(
                "000000016b031e5a",
                "000000026b031e5a",
                "000000036b031e5a",
                "000000046b031e5a",
                "000000056b031e5a",
                "1700000006.M1P1.host");
        assertThat(ids()).isEqualTo(expected);
        store = MaildirStore.under(root);
        assertThat(ids()).as("after a restart").isEqualTo(expected);
    }

    @Test
    void anImportIsSeenThoughTheFoldersAreUnchanged() throws IOException {
        settle();
        assertThat(ids()).startsWith("1700000001.M1P1.host");
        importDovecots();
        settle();
        assertThat(ids()).startsWith("000000016b031e5a");
        Files.delete(mailbox.resolve("vmail-uidl"));
        assertThat(ids()).startsWith("1700000001.M1P1.host");
    }

    @Test
    void messagesWithImportedUniqueIdsAreFoundAndRemoved() throws IOException {
        importDovecots();
        try (Maildrop maildrop = open()) {
            Files.move(mailbox.resolve("new/1700000001.M1P1.host"), mailbox.resolve("cur/1700000001.M1P1.host:2,S"));
            try (InputStream content =
                    maildrop.content(maildrop.messages().get(0)).orElseThrow()) {
                assertThat(content.read()).isEqualTo('o');
            }
            maildrop.remove(Set.of(new UniqueId("000000016b031e5a"), new UniqueId("000000036b031e5a")));
        }
        assertThat(ids()).containsExactly("000000026b031e5a", "000000046b031e5a", "000000056b031e5a");
    }

    @Test
    void entriesOfMessagesThatAreGoneAreRemovedInTheEnd() throws IOException {
        importDovecots();
        try (Maildrop maildrop = open()) {
            maildrop.remove(Set.of(
                    new UniqueId("000000016b031e5a"),
                    new UniqueId("000000026b031e5a"),
                    new UniqueId("000000036b031e5a")));
        }
        assertThat(ids()).hasSize(2);
        assertThat(mailbox.resolve("vmail-uidl"))
                .as("a name may be hidden while the folder changes")
                .content()
                .hasLineCount(6);
        settle();
        assertThat(ids()).containsExactly("000000046b031e5a", "000000056b031e5a");
        assertThat(mailbox.resolve("vmail-uidl")).hasContent("""
                        vmail-uidl 1
                        000000046b031e5a 1700000004.V801I1e240M123456.host
                        000000056b031e5a 1700000005.M+1'"P2 x.host
                        """);
        assertThat(ids()).containsExactly("000000046b031e5a", "000000056b031e5a");
    }

    @Test
    void noMessageHasTheUniqueIdOfAnother() throws IOException {
        Files.writeString(
                mailbox.resolve("vmail-uidl"),
                "vmail-uidl 1\n1700000001.M1P1.host 1700000004.V801I1e240M123456.host\n");
        List<String> ids = ids();
        assertThat(ids).doesNotHaveDuplicates().hasSize(5);
        assertThat(ids.get(3)).isEqualTo("1700000001.M1P1.host");
        assertThat(ids()).isEqualTo(ids);
    }

    @Test
    void damagedLinesOfTheTableAreSkipped() throws IOException {
        Files.writeString(
                mailbox.resolve("vmail-uidl"),
                String.join(
                        "\n",
                        "vmail-uidl 1",
                        "",
                        "no-space",
                        " ",
                        "id-1 1700000001.M1P1.host",
                        "id-1 1700000004.V801I1e240M123456.host",
                        "x".repeat(71) + " 1700000002.M2P1.host",
                        "id-\u00e9 1700000002.M2P1.host",
                        "id-2 17000000"));
        assertThat(ids()).startsWith("id-1", "1700000002.M2P1.host").doesNotHaveDuplicates();
    }

    @Test
    void aTableOfAnotherVersionIsRefused() throws IOException {
        Files.writeString(mailbox.resolve("vmail-uidl"), "vmail-uidl 2\n");
        assertThatIOException().isThrownBy(this::open).withMessageContaining("vmail-uidl 1");
        Files.delete(mailbox.resolve("vmail-uidl"));
        open().close();
    }

    @Test
    void aTableThatIsASymbolicLinkIsRefused(@TempDir Path outside) throws IOException {
        Path table = Files.writeString(outside.resolve("table"), "vmail-uidl 1\n");
        Files.createSymbolicLink(mailbox.resolve("vmail-uidl"), table);
        assertThatIOException().isThrownBy(this::open);
    }

    @Test
    void aMailboxThatIsOpenIsNotTouched() throws IOException {
        copy("dovecot-uidlist-3", "dovecot-uidlist");
        try (Maildrop held = open()) {
            assertThat(store.importUniqueIds(JOE, UniqueIdSource.dovecot())).isEqualTo(new ImportResult.InUse());
            assertThat(held.messages()).hasSize(5);
        }
        assertThat(mailbox.resolve("vmail-uidl")).doesNotExist();
    }

    @Test
    void withoutAListNothingIsChanged() throws IOException {
        assertThat(store.importUniqueIds(JOE, UniqueIdSource.courier())).isEqualTo(new ImportResult.NoList());
        assertThat(store.importUniqueIds(JOE, UniqueIdSource.dovecot())).isEqualTo(new ImportResult.NoList());
        assertThat(mailbox.resolve("vmail-uidl")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "2 V1 N2\n", "/2 5 1\n", "3 N5\n", "4 V5\n", "vmail-uidl 1\n", "\u0000"})
    void aListOfAnUnknownVersionIsRefused(String list) throws IOException {
        importDovecots();
        Files.writeString(mailbox.resolve("dovecot-uidlist"), list);
        Files.writeString(mailbox.resolve("courierpop3dsizelist"), list);
        assertThatIOException().isThrownBy(() -> store.importUniqueIds(JOE, UniqueIdSource.dovecot()));
        assertThatIOException().isThrownBy(() -> store.importUniqueIds(JOE, UniqueIdSource.courier()));
        assertThat(ids()).as("what was imported before").startsWith("000000016b031e5a");
        assertThat(mailbox.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void damagedLinesOfAListAreCounted() throws IOException {
        Files.writeString(
                mailbox.resolve("dovecot-uidlist"),
                String.join(
                        "\n",
                        "3 V5 N9",
                        "1 :1700000001.M1P1.host",
                        "x :y",
                        "2",
                        "3 Pa\u00e9 :1700000002.M2P1.host,S=16",
                        "4 P" + "x".repeat(71) + " :" + LONG_NAME,
                        "99999999999 :1700000004.V801I1e240M123456.host",
                        "6 :gone.M1P1.host",
                        "7 G P :1700000005.M+1'\"P2 x.host"));
        assertThat(store.importUniqueIds(JOE, UniqueIdSource.dovecot("%u.%v")))
                .isEqualTo(new ImportResult.Imported(2, 5));
        assertThat(ids()).startsWith("1.5", "1700000002.M2P1.host").endsWith("7.5");
    }

    @Test
    void aSecondImportReplacesTheFirst() throws IOException {
        importDovecots();
        assertThat(store.importUniqueIds(JOE, UniqueIdSource.baseNames())).isInstanceOf(ImportResult.Imported.class);
        assertThat(ids())
                .as("what has no name that can be sent keeps what it had")
                .startsWith("1700000001.M1P1.host", "1700000002.M2P1.host,S=16,W=19");
    }

    @Test
    void version1ListsHaveNoFields() throws IOException {
        Files.writeString(
                mailbox.resolve("dovecot-uidlist"),
                "1 1795366490 9\n3 1700000001.M1P1.host\n5 1700000005.M+1'\"P2 x.host\n");
        assertThat(store.importUniqueIds(JOE, UniqueIdSource.dovecot())).isEqualTo(new ImportResult.Imported(2, 0));
        assertThat(ids()).startsWith("000000036b031e5a").endsWith("000000056b031e5a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "%", "%x", "%m", "%{uid}", "%08Q", "%u%", "%100u", "%-5u", "%2.3u", "%Hu", "%Ru", "a%u%z"})
    void aFormatThatIsNotUnderstoodIsRefused(String format) {
        assertThatIllegalArgumentException().isThrownBy(() -> UniqueIdSource.dovecot(format));
    }

    private void importDovecots() throws IOException {
        assertThat(store.importUniqueIds(JOE, dovecot("dovecot-uidlist-3", "%08Xu%08Xv")))
                .isEqualTo(new ImportResult.Imported(5, 0));
    }

    private UniqueIdSource dovecot(String list, String format) throws IOException {
        copy(list, "dovecot-uidlist");
        return UniqueIdSource.dovecot(format);
    }

    private void copy(String resource, String file) throws IOException {
        try (InputStream list = Objects.requireNonNull(getClass().getResourceAsStream(resource), resource)) {
            Files.write(mailbox.resolve(file), list.readAllBytes());
        }
    }

    private void settle() throws IOException {
        for (Path folder : List.of(mailbox, mailbox.resolve("new"), mailbox.resolve("cur"))) {
            Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minusSeconds(100)));
        }
    }

    private Maildrop open() throws IOException {
        OpenResult result = store.open(JOE);
        assertThat(result).isInstanceOf(OpenResult.Opened.class);
        return ((OpenResult.Opened) result).maildrop();
    }

    private List<String> ids() throws IOException {
        try (Maildrop maildrop = open()) {
            return maildrop.messages().stream()
                    .map(StoredMessage::uniqueId)
                    .map(UniqueId::value)
                    .toList();
        }
    }
}
