package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** The same maildirsize kept by vmail, Debian's Dovecot and Courier's deliverquota. */
@Tag("interop")
class MaildirQuotaInteropTest {
    private static final String DOVEADM = "/usr/bin/doveadm";
    private static final List<String> COURIER = List.of("/usr/bin/deliverquota.courier", "/usr/bin/deliverquota");
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final String MESSAGE = "Subject: x\n\nsome text\n";
    private static final Quota QUOTA = new Quota(100_000, 50);

    @TempDir
    Path root;

    private Path mailbox;
    private Path sizes;
    private Path config;
    private MaildirStore store;

    @BeforeEach
    void makeMailbox() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "Dovecot refuses to be root, so another user is it");
        mailbox = root.resolve("a.example/joe");
        sizes = mailbox.resolve("maildirsize");
        store = MaildirStore.under(root).withQuota(QuotaPolicy.of(QuotaLimits.forAll(QUOTA)));
        config = root.resolve("dovecot.conf");
        Files.writeString(config, """
                base_dir = %1$s/run
                log_path = %1$s/log
                mail_location = maildir:%2$s
                mail_plugins = quota
                ssl = no
                plugin {
                  quota = maildir:User quota
                  quota_rule = *:bytes=100000:messages=50
                }
                """.formatted(root, mailbox));
        Files.createDirectory(root.resolve("home"));
        open().close();
    }

    @Test
    void dovecotBelievesWhatVmailWrote() throws Exception {
        requireDovecot();
        for (int i = 0; i < 5; i++) {
            deliver();
        }
        ((BeginResult.Begun) store.begin(JOE, 5000)).delivery().close();
        remove(2);
        String before = Files.readString(sizes);
        assertThat(dovecotSays()).containsExactly(3L * MESSAGE.length(), 3L);
        assertThat(sizes).as("not counted anew").hasContent(before);
    }

    @Test
    void vmailBelievesWhatDovecotWrote() throws Exception {
        requireDovecot();
        run(MESSAGE, doveadm("save", "-m", "INBOX"));
        run(MESSAGE, doveadm("mailbox", "create", "Sent"));
        run(MESSAGE, doveadm("save", "-m", "Sent"));
        String before = Files.readString(sizes);
        deliver();
        assertThat(sizes).as("not counted anew").hasContent(before + MESSAGE.length() + " 1\n");
        run("", doveadm("expunge", "mailbox", "Sent", "all"));
        assertThat(vmailSays()).isEqualTo(dovecotSays()).containsExactly(2L * MESSAGE.length(), 2L);
    }

    @Test
    void bothCountTheSame() throws Exception {
        requireDovecot();
        for (String folder : List.of("cur", "new", ".Sent/cur", ".Sent/new", ".Trash/cur", ".Trash/new")) {
            Files.createDirectories(mailbox.resolve(folder));
        }
        Files.writeString(mailbox.resolve("cur/1.1.host:2,ST"), MESSAGE);
        Files.writeString(mailbox.resolve("cur/1.2.host,S=1000:2,"), MESSAGE);
        Files.writeString(mailbox.resolve("new/1.3.host"), MESSAGE);
        Files.writeString(mailbox.resolve(".Sent/cur/1.4.host,S=300,W=310:2,S"), MESSAGE);
        Files.writeString(mailbox.resolve(".Trash/cur/1.5.host:2,S"), MESSAGE);
        List<Long> vmail = vmailSays();
        Files.delete(sizes);
        assertThat(dovecotSays()).isEqualTo(vmail).containsExactly(1300L + 3L * MESSAGE.length(), 5L);
    }

    @Test
    void whatOneFillsTheOtherRefuses() throws Exception {
        requireDovecot();
        for (int i = 0; i < 50; i++) {
            deliver();
        }
        assertThat(status(MESSAGE, doveadm("save", "-m", "INBOX"))).isNotZero();
        remove(1);
        run(MESSAGE, doveadm("save", "-m", "INBOX"));
        assertThat(store.begin(JOE, MESSAGE.length())).isInstanceOf(BeginResult.OverQuota.class);
        run("", doveadm("expunge", "mailbox", "INBOX", "all"));
        deliver();
        assertThat(vmailSays()).isEqualTo(dovecotSays()).containsExactly((long) MESSAGE.length(), 1L);
    }

    @Test
    void courierAddsToTheSameFile() throws Exception {
        String courier = COURIER.stream()
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElse("");
        assumeTrue(!courier.isEmpty(), "needs deliverquota of courier-base");
        deliver();
        run(MESSAGE, courier, mailbox.toString());
        String before = Files.readString(sizes);
        deliver();
        assertThat(sizes).as("not counted anew").hasContent(before + MESSAGE.length() + " 1\n");
        assertThat(vmailSays()).containsExactly(3L * MESSAGE.length(), 3L);
        for (int i = 3; i < 50; i++) {
            deliver();
        }
        assertThat(status(MESSAGE, courier, mailbox.toString()))
                .as("EX_TEMPFAIL")
                .isEqualTo(75);
        remove(1);
        run(MESSAGE, courier, mailbox.toString());
        assertThat(store.begin(JOE, MESSAGE.length())).isInstanceOf(BeginResult.OverQuota.class);
    }

    private static void requireDovecot() {
        assumeTrue(
                Files.isExecutable(Path.of(DOVEADM))
                        && Files.exists(Path.of("/usr/lib/dovecot/modules/lib10_quota_plugin.so")),
                "needs Dovecot with its quota plugin");
    }

    private String[] doveadm(String... arguments) {
        List<String> command = new ArrayList<>(List.of(DOVEADM, "-c", config.toString()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    /** Octets and messages: the size in KiB is all that quota get tells, so the file that it has used is added up, too. */
    private List<Long> dovecotSays() throws Exception {
        String told = run("", doveadm("-f", "tab", "quota", "get"));
        List<Long> sum = vmailSays();
        assertThat(told)
                .contains("\tSTORAGE\t" + (sum.get(0) + 1023) / 1024 + "\t")
                .contains("\tMESSAGE\t" + sum.get(1) + "\t");
        return sum;
    }

    /** The sum that vmail refuses with. */
    private List<Long> vmailSays() throws IOException {
        if (!Files.exists(sizes)) {
            assertThat(store.overQuota(JOE, 0)).isEmpty();
        }
        List<Long> sum = new ArrayList<>(List.of(0L, 0L));
        for (String line : Files.readAllLines(sizes, US_ASCII).stream().skip(1).toList()) {
            String[] numbers = line.trim().split(" +", 2);
            sum.set(0, sum.get(0) + Long.parseLong(numbers[0]));
            sum.set(1, sum.get(1) + Long.parseLong(numbers[1]));
        }
        return sum;
    }

    private void deliver() throws IOException {
        try (Delivery delivery = ((BeginResult.Begun) store.begin(JOE, MESSAGE.length())).delivery()) {
            delivery.message().write(MESSAGE.getBytes(US_ASCII));
            delivery.commit();
        }
    }

    private Maildrop open() throws IOException {
        return ((OpenResult.Opened) store.open(JOE)).maildrop();
    }

    private void remove(int count) throws IOException {
        try (Maildrop maildrop = open()) {
            List<UniqueId> ids = maildrop.messages().stream()
                    .map(StoredMessage::uniqueId)
                    .limit(count)
                    .toList();
            maildrop.remove(Set.copyOf(ids));
        }
    }

    private String run(String input, String... command) throws Exception {
        Process process = start(input, command);
        String heard = new String(process.getInputStream().readAllBytes(), US_ASCII);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(heard).isZero();
        return heard;
    }

    private int status(String input, String... command) throws Exception {
        Process process = start(input, command);
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** Starts a program as the user to whom everything then belongs. */
    private Process start(String input, String... command) throws Exception {
        UserPrincipal nobody =
                root.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                Files.setOwner(path, nobody);
            }
        }
        List<String> asNobody =
                new ArrayList<>(List.of("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"));
        asNobody.addAll(List.of(command));
        ProcessBuilder builder =
                new ProcessBuilder(asNobody).redirectErrorStream(true).directory(root.toFile());
        builder.environment().put("HOME", root.resolve("home").toString());
        builder.environment().put("USER", "joe");
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(US_ASCII));
        } catch (IOException e) {
            // it ended without reading
        }
        return process;
    }
}
