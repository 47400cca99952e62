package org.vmail.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult.Accepted;
import org.vmail.auth.AuthenticationResult.Rejected;
import org.vmail.auth.PasswordVerifier.Verdict;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;

@Timeout(30)
class PasswordVerifierTest {
    private static final MailAddress JOE = MailAddress.of("joe@main.example");
    private static final Password RIGHT = Password.of("secret $(touch /tmp/x) `id` \"'\\ ü");
    private static final VerifierOptions OPTIONS = VerifierOptions.defaults();

    @TempDir
    Path folder;

    @BeforeAll
    static void needsAUnixSystem() {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh");
    }

    /** <a href="https://cr.yp.to/checkpwd/interface.html">The checkpassword interface</a>. */
    @Test
    void checkpasswordGetsUserPasswordAndTimeOnDescriptorThreeAndRunsTheRest() throws IOException {
        Path asked = folder.resolve("asked");
        Path program = script("cat <&3 >" + asked + "; echo \"$@\" >>" + asked + "; [ $1 != -x ] && exec \"$@\"");
        PasswordVerifier verifier = PasswordVerifier.checkpassword(List.of(program.toString()), OPTIONS);
        assertThat(verifier.verify(JOE, RIGHT)).isEqualTo(Verdict.RIGHT);
        assertThat(asked).hasContent("joe\0secret $(touch /tmp/x) `id` \"'\\ ü\0Y0\0/bin/true");
        PasswordVerifier whole =
                PasswordVerifier.checkpassword(List.of(program.toString(), "-x"), OPTIONS.withWholeAddress());
        assertThat(whole.verify(JOE, Password.of("p"))).isEqualTo(Verdict.WRONG);
        assertThat(asked).hasContent("joe@main.example\0p\0Y0\0-x /bin/true");
    }

    @Test
    void onlyStatusOneIsAWrongPassword() throws IOException {
        assertThat(checkpassword("exit 1").verify(JOE, RIGHT)).isEqualTo(Verdict.WRONG);
        for (String failure : List.of("exit 2", "exit 111", "exit 127", "kill -9 $$", "exec /no/such/program")) {
            assertThatIOException()
                    .isThrownBy(() -> checkpassword(failure).verify(JOE, RIGHT))
                    .satisfies(e -> assertThat(e.toString()).doesNotContain("secret"));
        }
    }

    @Test
    void whatTheInterfaceCannotCarryIsNoPassword() throws IOException {
        PasswordVerifier anyone = checkpassword("exit 0");
        assertThat(anyone.verify(JOE, Password.of("x".repeat(480)))).isEqualTo(Verdict.RIGHT);
        assertThat(anyone.verify(JOE, Password.of("x".repeat(520)))).isEqualTo(Verdict.WRONG);
        assertThat(anyone.verify(JOE, Password.of("right\0wrong"))).isEqualTo(Verdict.WRONG);
        PasswordVerifier chkpwd = PasswordVerifier.unixChkpwd(script("exit 0"), OPTIONS);
        assertThat(chkpwd.verify(JOE, Password.of("x".repeat(511)))).isEqualTo(Verdict.RIGHT);
        assertThat(chkpwd.verify(JOE, Password.of("x".repeat(512)))).isEqualTo(Verdict.WRONG);
        assertThat(chkpwd.verify(JOE, Password.of("right\0wrong"))).isEqualTo(Verdict.WRONG);
        assertThat(chkpwd.verify(MailAddress.of("-joe@main.example"), RIGHT)).isEqualTo(Verdict.WRONG);
    }

    @Test
    void unixChkpwdGetsTheUserAsAnArgumentAndThePasswordOnItsInput() throws IOException {
        Path asked = folder.resolve("asked");
        PasswordVerifier verifier =
                PasswordVerifier.unixChkpwd(script("cat >" + asked + "; echo \"$@\" >>" + asked), OPTIONS);
        assertThat(verifier.verify(JOE, Password.of("secret"))).isEqualTo(Verdict.RIGHT);
        assertThat(asked).hasContent("secret\0joe nonull");
    }

    /** The codes of Linux-PAM: PAM_AUTH_ERR is 7, PAM_USER_UNKNOWN 10, PAM_AUTHINFO_UNAVAIL 9, PAM_SYSTEM_ERR 4. */
    @Test
    void ofUnixChkpwdOnlyStatusSevenIsAWrongPassword() throws IOException {
        assertThat(PasswordVerifier.unixChkpwd(script("exit 7"), OPTIONS).verify(JOE, RIGHT))
                .isEqualTo(Verdict.WRONG);
        assertThat(PasswordVerifier.unixChkpwd(script("exit 10"), OPTIONS).verify(JOE, RIGHT))
                .isEqualTo(Verdict.UNKNOWN_USER);
        for (String failure : List.of("exit 1", "exit 4", "exit 9", "kill -9 $$")) {
            assertThatIOException()
                    .isThrownBy(() -> PasswordVerifier.unixChkpwd(script(failure), OPTIONS)
                            .verify(JOE, RIGHT));
        }
        assertThatIOException()
                .isThrownBy(() -> PasswordVerifier.unixChkpwd(folder.resolve("missing"), OPTIONS)
                        .verify(JOE, RIGHT));
    }

    @Test
    void aProgramThatTakesTooLongIsKilledWithItsChildrenAndHasFailed() throws IOException {
        Path pids = folder.resolve("pids");
        PasswordVerifier stuck = PasswordVerifier.checkpassword(
                List.of(script("sleep 1000 & echo $! $$ >" + pids + "; wait").toString()),
                OPTIONS.withDeadline(Duration.ofSeconds(1)));
        assertThatIOException().isThrownBy(() -> stuck.verify(JOE, RIGHT)).withMessageContaining("in time");
        for (String pid : Files.readString(pids).trim().split(" ", -1)) {
            await().until(() -> ProcessHandle.of(Long.parseLong(pid)).isEmpty());
        }
    }

    @Test
    void onlySoManyRunAtATimeAndTheOthersWait() throws Exception {
        Path running = Files.createDirectory(folder.resolve("running"));
        Path most = Files.createFile(folder.resolve("most"));
        PasswordVerifier verifier = PasswordVerifier.unixChkpwd(
                script("touch " + running + "/$$; ls " + running + " | wc -l >>" + most + "; sleep 0.1; rm " + running
                        + "/$$"),
                OPTIONS.withMaxProcesses(2));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<Verdict>> verdicts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            verdicts.add(threads.submit(() -> verifier.verify(JOE, RIGHT)));
        }
        for (Future<Verdict> verdict : verdicts) {
            assertThat(verdict.get(20, TimeUnit.SECONDS)).isEqualTo(Verdict.RIGHT);
        }
        threads.shutdown();
        assertThat(Files.readAllLines(most)).hasSize(8).allMatch(count -> Integer.parseInt(count.trim()) <= 2);
    }

    @Test
    void anEmptyCommandIsNoVerifier() {
        assertThatIllegalArgumentException().isThrownBy(() -> PasswordVerifier.checkpassword(List.of(), OPTIONS));
    }

    @Test
    void theVerifierDecidesWhereTheHashCannotBeChecked() throws IOException {
        Authenticator authenticator =
                authenticator((account, password) -> is(password, "right") ? Verdict.RIGHT : Verdict.WRONG);
        assertThat(authenticator.authenticate(JOE, Password.of("right"))).isInstanceOf(Accepted.class);
        assertThat(authenticator.authenticate(JOE, Password.of("wrong"))).isInstanceOf(Rejected.class);
        MailAddress ann = MailAddress.of("ann@main.example");
        assertThat(authenticator.authenticate(ann, Password.of("right")))
                .as("her hash is one that we can check")
                .isInstanceOf(Rejected.class);
        assertThat(authenticator.authenticate(ann, Password.of("of ann"))).isInstanceOf(Accepted.class);
    }

    @Test
    void nobodyGetsInWhoIsLockedOrUnknownWhateverTheVerifierSays() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        Authenticator authenticator = authenticator((account, password) -> {
            asked.incrementAndGet();
            return Verdict.RIGHT;
        });
        assertThat(authenticator.authenticate(JOE, Password.of("1"))).isInstanceOf(Accepted.class);
        for (String user : List.of("locked@main.example", "nobody@main.example")) {
            assertThat(authenticator.authenticate(MailAddress.of(user), RIGHT)).isInstanceOf(Rejected.class);
        }
        assertThat(asked).as("that takes as long as for those who exist").hasValue(3);
    }

    @Test
    void aVerifierThatFailsOrDoesNotKnowOurUserIsNeverAWrongPassword() {
        Authenticator broken = authenticator((account, password) -> {
            throw new IOException("by a test");
        });
        assertThatIOException().isThrownBy(() -> broken.authenticate(JOE, RIGHT));
        Authenticator ignorant = authenticator((account, password) -> Verdict.UNKNOWN_USER);
        assertThatIOException().isThrownBy(() -> ignorant.authenticate(JOE, RIGHT));
    }

    /** As unix_chkpwd does. */
    @Test
    void aVerifierThatFailsForUnknownUsersDoesNotTellClientsWhoExists() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        Authenticator authenticator = authenticator((account, password) -> {
            asked.incrementAndGet();
            if (!account.equals(JOE) || is(password, "outage")) {
                throw new IOException("by a test");
            }
            return Verdict.WRONG;
        });
        MailAddress nobody = MailAddress.of("nobody@main.example");
        assertThat(authenticator.authenticate(JOE, RIGHT)).isInstanceOf(Rejected.class);
        assertThat(authenticator.authenticate(nobody, RIGHT)).isInstanceOf(Rejected.class);
        assertThat(asked).hasValue(2);
        assertThatIOException().isThrownBy(() -> authenticator.authenticate(JOE, Password.of("outage")));
        assertThatIOException()
                .as("when it fails for everybody, everybody hears the same")
                .isThrownBy(() -> authenticator.authenticate(nobody, RIGHT));
        assertThat(authenticator.authenticate(JOE, RIGHT)).isInstanceOf(Rejected.class);
        assertThat(authenticator.authenticate(nobody, RIGHT)).isInstanceOf(Rejected.class);
    }

    @Test
    void whatWasRightIsRememberedForAsLongAsTheHashIsTheSameAndNotWithoutOne() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        Authenticator authenticator = authenticator((account, password) -> {
            asked.incrementAndGet();
            return Verdict.RIGHT;
        });
        for (int i = 0; i < 3; i++) {
            assertThat(authenticator.authenticate(JOE, RIGHT)).isInstanceOf(Accepted.class);
        }
        assertThat(asked).hasValue(1);
        for (int i = 0; i < 3; i++) {
            assertThat(authenticator.authenticate(MailAddress.of("eve@main.example"), RIGHT))
                    .isInstanceOf(Accepted.class);
        }
        assertThat(asked).hasValue(4);
    }

    private static boolean is(Password password, String text) {
        return Arrays.equals(password.octets(), Password.of(text).octets());
    }

    private static Authenticator authenticator(PasswordVerifier verifier) {
        Directory directory = Directory.inMemory()
                .account(new Account(JOE, new PasswordHash("$y$j9T$salt$hash")))
                .account(new Account(MailAddress.of("locked@main.example"), new PasswordHash("!$y$j9T$salt$hash")))
                .account(new Account(MailAddress.of("eve@main.example"), PasswordHash.elsewhere()))
                .account("ann@main.example", "of ann")
                .build();
        return Authenticator.over(directory, AuthenticatorOptions.defaults().withVerifier(verifier));
    }

    private PasswordVerifier checkpassword(String script) throws IOException {
        return PasswordVerifier.checkpassword(List.of(script(script).toString()), OPTIONS);
    }

    private Path script(String text) throws IOException {
        Path script = Files.createTempFile(folder, "program", ".sh");
        Files.writeString(script, "#!/bin/sh\n" + text + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }
}
