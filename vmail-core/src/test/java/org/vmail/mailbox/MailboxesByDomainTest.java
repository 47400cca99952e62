package org.vmail.mailbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxStore;

/** Most domains have Maildirs; one has mbox files, one Maildirs elsewhere, and both serve and take in like any store. */
class MailboxesByDomainTest extends MaildropStoreContract<MailboxesByDomain> {
    private static final byte[] TEXT = "Subject: x\r\n\r\nbody\r\n".getBytes(US_ASCII);
    private static final MailAddress ANN = MailAddress.of("ann@c.example");

    @TempDir
    private Path folder;

    @Override
    protected MailboxesByDomain newStore() throws IOException {
        for (String name : List.of("usual", "replaced", "mbox", "elsewhere")) {
            Files.createDirectory(folder.resolve(name));
        }
        return MailboxesByDomain.of(MaildirStore.under(folder.resolve("usual")))
                .with(OTHER_JOE.domain(), MaildirStore.under(folder.resolve("replaced")))
                .with(OTHER_JOE.domain(), MboxStore.in(MailFolder.at(folder.resolve("mbox"))))
                .with(
                        ANN.domain(),
                        MaildirStore.in(
                                MailFolder.at(folder.resolve("elsewhere")).withPath("%d/%2h/%u")));
    }

    @Test
    void eachDomainHasItsFormatAndItsPlace() throws IOException {
        for (MailAddress account : new MailAddress[] {JOE, OTHER_JOE, ANN}) {
            store().deliver(account, TEXT);
            try (Maildrop maildrop = store().open(account).opened().orElseThrow()) {
                assertThat(maildrop.messages()).hasSize(1);
            }
        }
        assertThat(folder.resolve("usual/a.example/joe/new")).isNotEmptyDirectory();
        assertThat(folder.resolve("mbox/b.example/joe")).isNotEmptyFile();
        assertThat(folder.resolve("elsewhere/c.example"))
                .isDirectoryRecursivelyContaining("glob:**/ann/new/*")
                .isDirectoryNotContaining("glob:**/ann");
    }

    @Test
    void quotasAreThoseOfTheStoreOfTheDomain() throws IOException {
        Path mail = Files.createDirectory(folder.resolve("limited"));
        DeliveryTarget limited = MailboxesByDomain.of(
                        MaildirStore.under(mail).withQuota(QuotaPolicy.of(QuotaLimits.forAll(Quota.ofMessages(1)))))
                .with(OTHER_JOE.domain(), MaildirStore.under(mail));
        limited.deliver(JOE, TEXT);
        limited.deliver(OTHER_JOE, TEXT);
        assertThat(limited.overQuota(JOE, 1)).isPresent();
        assertThat(limited.begin(JOE, 1).overQuota()).isPresent();
        assertThat(limited.overQuota(OTHER_JOE, 1)).isEmpty();
        try (Delivery another = limited.begin(OTHER_JOE, 1).begun().orElseThrow()) {
            assertThat(another).isNotNull();
        }
    }

    @Test
    void maildirsOfSeveralDomainsShareAFileAndAnMboxIsWritten() throws IOException {
        DeliveryTarget deliveries = store();
        try (Delivery written = deliveries.begin(JOE)) {
            try (OutputStream out = written.message()) {
                out.write(TEXT);
            }
            Optional<BeginResult> anns = deliveries.beginLinked(ANN, written);
            try (Delivery linked = anns.orElseThrow().begun().orElseThrow()) {
                linked.commit();
            }
            assertThat(deliveries.beginLinked(OTHER_JOE, written)).isEmpty();
        }
    }
}
