package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult;
import org.vmail.auth.Authenticator;
import org.vmail.auth.Password;
import org.vmail.directory.FileDirectory;

/** The commands domain, user and alias. */
class AdministrationTest {
    private static final MailAddress BOB = MailAddress.of("bob@a.example");

    @TempDir
    Path folder;

    private Site site;
    private Path config;

    @BeforeEach
    void create() throws IOException {
        site = Site.create(folder, "joe", "ann");
        config = site.config(Optional.empty());
    }

    private Programs.Result run(String input, String group, String command, String... arguments) {
        List<Object> all = new ArrayList<>(List.of(group, command, "--config", config));
        all.addAll(List.of(arguments));
        return OwnCommand.runWith(input, all.toArray());
    }

    private static void assertRefused(Programs.Result result, String reason) {
        assertThat(result.exitCode()).isEqualTo(65);
        result.assertOneLine();
        assertThat(result.errors()).contains(reason);
    }

    private FileDirectory directory() throws IOException {
        return FileDirectory.builder(site.directory()).build();
    }

    private boolean logsIn(MailAddress user, String password) throws IOException {
        return Authenticator.over(directory()).authenticate(user, Password.of(password))
                instanceof AuthenticationResult.Accepted;
    }

    private Path deliver(String user, String domain) throws IOException {
        Path mailbox = site.mailbox(user, domain);
        for (String part : List.of("new", "cur", "tmp")) {
            Files.createDirectories(mailbox.resolve(part));
        }
        return Files.writeString(mailbox.resolve("new/1"), "Subject: old\n\nold mail\n");
    }

    private List<String> tree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aUserIsAddedWithThePasswordOfStandardInput() throws Exception {
        Programs.Result result = run(
                        "öl und essig\n",
                        "user",
                        "add",
                        "--stdin",
                        "--cost",
                        "4",
                        "--name",
                        "Bob Oh",
                        "--quota",
                        "5M,10",
                        "--forward",
                        "joe",
                        "--forward",
                        "x@b.example",
                        "--keep",
                        "Bob@A.example")
                .successful();

        assertThat(result.output()).isEqualTo("bob@a.example is a user\n");
        assertThat(logsIn(BOB, "öl und essig")).isTrue();
        assertThat(run("", "user", "list", "a.example").successful().output())
                .contains("bob@a.example Bob Oh quota=5M,10 forward=joe@a.example,x@b.example keep\n");
        assertThat(OwnCommand.run("check", "--config", config).exitCode()).isZero();
    }

    @Test
    void aPasswordIsChangedAndNeverShown() throws Exception {
        Programs.Result result = run("new one\n", "user", "password", "--stdin", "--cost", "4", "joe@a.example")
                .successful();

        assertThat(result.output()).doesNotContain("new one", "$2");
        assertThat(logsIn(MailAddress.of("joe@a.example"), "new one")).isTrue();
        assertThat(logsIn(MailAddress.of("joe@a.example"), Site.PASSWORD_A)).isFalse();
        assertRefused(run("\n", "user", "password", "--stdin", "joe@a.example"), "empty");
        assertRefused(run("x\n", "user", "password", "--stdin", "bob@a.example"), "no user bob@a.example");
    }

    @Test
    void aUserIsSwitchedOffAndOnAgainWithTheSamePassword() throws Exception {
        run("", "user", "set", "--disable", "--quota", "1G", "joe@a.example").successful();
        assertThat(logsIn(MailAddress.of("joe@a.example"), Site.PASSWORD_A)).isFalse();
        run("", "user", "set", "--enable", "joe@a.example").successful();
        assertThat(logsIn(MailAddress.of("joe@a.example"), Site.PASSWORD_A)).isTrue();
        assertThat(site.directory().resolve("accounts.a.example")).hasContent("joe: quota=1G\n");
        run("", "user", "set", "--quota", "default", "--forward", "none", "joe@a.example")
                .successful();
        assertThat(site.directory().resolve("accounts.a.example")).isEmptyFile();
    }

    @ParameterizedTest
    @CsvSource({
        "--quota=5X, no limit",
        "--quota=0, no limit",
        "--keep, needs --forward",
        "--forward=a b, a b",
        "--forward=joe, keep is what keeps a copy"
    })
    void aSettingThatMakesNoSenseIsRefused(String option, String reason) {
        assertRefused(run("", "user", "set", option, "joe@a.example"), reason);
        assertThat(site.directory().resolve("accounts.a.example")).doesNotExist();
    }

    @Test
    void aRemovedUserLeavesArchivesAndWhoComesAfterHimSeesNothing() throws Exception {
        deliver("joe", "a.example");

        Programs.Result result =
                run("", "user", "remove", "--wait", "1ms", "joe@a.example").successful();

        assertThat(result.output()).contains("no longer a user", "the mail is in ");
        assertThat(directory().account(MailAddress.of("joe@a.example"))).isEmpty();
        assertThat(site.mailbox("joe", "a.example")).doesNotExist();
        assertThat(tree(site.mail()))
                .singleElement()
                .asString()
                .startsWith(".removed/")
                .endsWith("-joe@a.example/joe/new/1");
        run("x\n", "user", "add", "--stdin", "--cost", "4", "joe@a.example").successful();
        assertThat(site.mailbox("joe", "a.example")).doesNotExist();
        assertRefused(run("", "user", "remove", "--wait", "1ms", "bob@a.example"), "no user");
    }

    @Test
    void aRemovalThatWasKilledBeforeTheMailWasMovedIsCompletedByTheSameAgain() throws Exception {
        deliver("joe", "a.example");
        directory().editor().removeUser(MailAddress.of("joe@a.example"));

        assertRefused(run("x\n", "user", "add", "--stdin", "--cost", "4", "joe@a.example"), "is there already");
        run("", "user", "remove", "--wait", "1ms", "joe@a.example").successful();
        assertThat(site.mailbox("joe", "a.example")).doesNotExist();
        run("x\n", "user", "add", "--stdin", "--cost", "4", "joe@a.example").successful();
    }

    @Test
    void mailThatIsThereAlreadyIsTheNewUsersIfThatIsSaid() throws Exception {
        Path message = deliver("bob", "a.example");

        run("x\n", "user", "add", "--stdin", "--cost", "4", "--with-mail", "bob@a.example")
                .successful();
        assertThat(message).exists();
    }

    @Test
    void nothingOfAnotherUserIsMovedWithAnMbox() throws Exception {
        Files.writeString(config, Files.readString(config) + "\n[mailboxes]\nformat = \"mbox\"\n");
        Path spool = Files.createDirectory(site.mail().resolve("a.example"));
        for (String name : List.of("joe", "joe.quota", ".joe.numbers", "joe2", ".joe2.numbers", "ann.joe")) {
            Files.writeString(spool.resolve(name), "");
        }

        run("", "user", "remove", "--wait", "1ms", "joe@a.example").successful();

        assertThat(tree(spool)).containsExactly(".joe2.numbers", "ann.joe", "joe2");
        assertThat(tree(site.mail())).hasSize(6);
    }

    @Test
    void aDomainIsAddedListedAndRemoved() throws Exception {
        run("", "domain", "add", "c.example").successful();
        assertThat(run("", "domain", "list").successful().output())
                .isEqualTo("a.example: 2 users\nb.example: 2 users\nc.example: 0 users\n");
        assertRefused(run("", "domain", "add", "C.example"), "exists");
        assertRefused(run("", "domain", "add", "files"), "files");
        assertRefused(run("", "domain", "add", "../x"), "'../x'");
        deliver("joe", "b.example");

        run("", "domain", "remove", "--wait", "1ms", "b.example").successful();

        assertThat(directory().domains()).map(Domain::name).containsExactly("a.example", "c.example");
        assertThat(site.mail().resolve("b.example")).doesNotExist();
        assertThat(tree(site.mail())).singleElement().asString().endsWith("-b.example/b.example/joe/new/1");
        assertRefused(run("", "domain", "remove", "b.example"), "no domain");
    }

    @Test
    void anAliasIsAddedListedAndRemoved() throws Exception {
        run("", "alias", "add", "staff@a.example", "joe", "|/bin/cat -u").successful();
        assertThat(run("", "alias", "list", "a.example").successful().output())
                .isEqualTo("staff@a.example: joe@a.example, |/bin/cat -u\n");
        assertRefused(run("", "alias", "add", "staff@a.example", "ann"), "exists");
        run("", "alias", "remove", "staff@a.example").successful();
        assertThat(directory().aliases(Domain.of("a.example"))).isEmpty();
    }

    @Test
    void anAddressUnderAnotherNameOfTheDomainMeansTheSame() throws Exception {
        Files.writeString(
                config,
                Files.readString(config)
                        + "\n[domains.\"a.example\"]\naliases = [\"a-old.example\"]\nmax-accounts = 3\n");

        run("", "user", "add", "--locked", "bob@a-old.example").successful();
        assertThat(directory().account(BOB)).isPresent();
        assertRefused(run("", "user", "add", "--locked", "kim@a.example"), "may have 3");
        assertRefused(run("", "domain", "add", "a-old.example"), "another name of a.example");
    }

    @Test
    void processesAtTheSameTimeLoseNoEdit() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "org.vmail.examples.server.Main",
                            "user",
                            "add",
                            "--config",
                            config.toString(),
                            "--locked",
                            "u" + i + "@a.example")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("out" + i).toFile())
                    .start());
        }
        for (int i = 0; i < processes.size(); i++) {
            assertThat(processes.get(i).waitFor())
                    .as(Files.readString(folder.resolve("out" + i)))
                    .isZero();
        }
        assertThat(directory().users(Domain.of("a.example"))).hasSize(7);
        assertThat(directory().problems()).isEmpty();
    }
}
