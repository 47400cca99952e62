package org.vmail.mailbox.mbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.QuotaContract;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;

/** Quotas of mboxes: the size of the file, and Linuxconf's files. */
class MboxQuotaTest extends QuotaContract<MboxStore> {
    @TempDir
    Path root;

    @Override
    protected MboxStore store(QuotaPolicy policy) {
        return MboxStore.under(root).withQuota(policy);
    }

    @Test
    void theSizeOfTheFileCounts() throws IOException {
        MboxStore store = limited(Quota.ofOctets(1000));
        append(Mbox.FROM + "\n" + "x".repeat(900) + "\n\n");
        long size = Files.size(mbox());
        assertThat(store.overQuota(JOE, 1000 - size)).isEmpty();
        assertThat(store.overQuota(JOE, 1000 - size + 1)).isPresent();
    }

    @Test
    void messagesOfOtherProgramsAreCounted() throws IOException {
        MboxStore store = limited(Quota.ofMessages(3));
        assertThat(deliver(store, JOE, "one\r\n")).isTrue();
        append(Mbox.FROM + "\ntheirs\n\n");
        assertThat(deliver(store, JOE, "three\r\n")).isTrue();
        assertThat(deliver(store, JOE, "four\r\n")).isFalse();
        Files.writeString(mbox(), "");
        assertThat(deliver(store, JOE, "one\r\n")).isTrue();
    }

    @Test
    void whatAnotherProgramAppendsDuringADeliveryIsNotExceeded() throws IOException {
        MboxStore store = limited(Quota.ofMessages(1));
        try (Delivery delivery = begin(store, JOE, 5).orElseThrow()) {
            delivery.message().write(1);
            append(Mbox.FROM + "\ntheirs\n\n");
            assertThatIOException().isThrownBy(delivery::commit);
        }
        assertThat(messages(store, JOE)).hasSize(1);
        Files.writeString(mbox(), "");
        assertThat(deliver(store, JOE, "one\r\n")).as("the room was given back").isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1,1024", "'20 \n',20480", "0020,20480", "999999999999999,1023999999999998976"})
    void aQuotaFileHoldsKilobytes(String text, long octets) throws IOException {
        Files.writeString(quotaFile(), text);
        assertThat(files().of(JOE)).isEqualTo(Quota.ofOctets(octets));
    }

    @Test
    void zeroKilobytesAreNoLimit() throws IOException {
        Files.writeString(quotaFile(), "0\n");
        assertThat(files().of(JOE)).isEqualTo(Quota.UNLIMITED);
    }

    @Test
    void withoutAQuotaFileTheDefaultCounts() throws IOException {
        assertThat(files().of(JOE)).isEqualTo(Quota.ofOctets(7));
        Files.writeString(quotaFile(), "\n");
        assertThat(files().of(JOE)).isEqualTo(Quota.ofOctets(7));
        Files.writeString(quotaFile(), "1");
        assertThat(files().of(ANN)).as("of another account").isEqualTo(Quota.ofOctets(7));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "-1",
                "1.5",
                "10 20",
                "10kB",
                "9999999999999999",
                "\u0000",
                "\u00e9",
                "                                                                  1"
            })
    void anythingElseInAQuotaFileIsAnError(String text) throws IOException {
        Files.writeString(quotaFile(), text);
        assertThatIOException().isThrownBy(() -> files().of(JOE)).withMessageContaining("joe.quota");
    }

    @Test
    void aQuotaFileThatIsNoFileIsAnError() throws IOException {
        Files.createDirectory(quotaFile());
        assertThatIOException().isThrownBy(() -> files().of(JOE));
        Files.delete(quotaFile());
        Path elsewhere = Files.writeString(root.resolve("elsewhere"), "1");
        Files.createSymbolicLink(quotaFile(), elsewhere);
        assertThatIOException().isThrownBy(() -> files().of(JOE));
    }

    @Test
    void aQuotaFileLimitsItsMailbox() throws IOException {
        MboxStore store = store(QuotaPolicy.of(MboxStore.quotaFiles(root, QuotaLimits.forAll(Quota.UNLIMITED))));
        assertThat(deliver(store, JOE, "x".repeat(2000) + "\r\n")).isTrue();
        Files.writeString(quotaFile(), "2\n");
        assertThat(deliver(store, JOE, "x\r\n".repeat(100))).isFalse();
    }

    @Test
    void aUserWhoseNameEndsLikeAQuotaFileHasAnotherFile() throws IOException {
        MboxStore store = store(QuotaPolicy.of(MboxStore.quotaFiles(root, QuotaLimits.forAll(Quota.UNLIMITED))));
        Files.writeString(quotaFile(), "1000");
        assertThat(deliver(store, MailAddress.of("joe.quota@a.example"), "5\r\n"))
                .isTrue();
        assertThat(deliver(store, MailAddress.of("joe.QUOTA_@a.example"), "5\r\n"))
                .isTrue();
        assertThat(quotaFile()).hasContent("1000");
        assertThat(root.resolve("a.example")).isDirectoryContaining("glob:**/joe.quota_");
        assertThat(root.resolve("a.example")).isDirectoryContaining("glob:**/joe.QUOTA__");
    }

    private MboxStore limited(Quota quota) {
        return store(QuotaPolicy.of(QuotaLimits.forAll(quota)));
    }

    private QuotaLimits files() {
        return MboxStore.quotaFiles(root, QuotaLimits.forAll(Quota.ofOctets(7)));
    }

    private Path mbox() throws IOException {
        return Files.createDirectories(root.resolve("a.example")).resolve("joe");
    }

    private Path quotaFile() throws IOException {
        return mbox().resolveSibling("joe.quota");
    }

    private void append(String text) throws IOException {
        Files.writeString(mbox(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
