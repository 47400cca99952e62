package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.maildir.MaildirStore;

/** Delivery as an MTA asks for it. The exit codes are those of sysexits.h. */
class VdeliverTest {
    private static final String MESSAGE = "Subject: hello\n\nDear Joe\n";

    @TempDir
    Path folder;

    private Site site;
    private Path config;

    @BeforeEach
    void create() throws IOException {
        site = Site.create(folder, "joe", "ann");
        config = site.config(Optional.empty());
    }

    @Test
    void aMessageIsDeliveredWithoutAWord() throws Exception {
        Programs.Result result = deliver(MESSAGE, "-f", "ann@far.example", "-d", "joe@a.example");

        assertThat(result.exitCode()).isZero();
        assertThat(result.output()).isEmpty();
        assertThat(mail("joe@a.example")).containsExactly("""
                        Return-Path: <ann@far.example>
                        Delivered-To: joe@a.example
                        Subject: hello

                        Dear Joe
                        """.replace("\n", "\r\n"));
    }

    @Test
    void aReportHasAnEmptySender() throws Exception {
        deliver(MESSAGE, "-f", "", "-d", "joe@a.example").successful();

        assertThat(mail("joe@a.example")).singleElement().asString().startsWith("Return-Path: <>\r\n");
    }

    @Test
    void aMessageWithoutAFinalLineEndKeepsItsLastLine() throws Exception {
        deliver("Subject: 1\n\nthe last line", "-d", "joe@a.example").successful();

        assertThat(mail("joe@a.example")).singleElement().asString().endsWith("\r\n\r\nthe last line");
    }

    @Test
    void severalRecipientsAndAliasesGetACopyEach() throws Exception {
        site.alias("a.example", "staff: ann@b.example, joe");

        deliver(MESSAGE, "-d", "joe@a.example", "<staff@a.example>").successful();

        assertThat(mail("joe@a.example")).hasSize(1);
        assertThat(mail("ann@b.example")).hasSize(1);
    }

    @Test
    void anUnknownUserOrDomainIs67() throws Exception {
        Programs.Result user = deliver(MESSAGE, "-d", "nobody@a.example", "joe@a.example");
        Programs.Result domain = deliver(MESSAGE, "-d", "joe@c.example");

        assertThat(user.exitCode()).isEqualTo(67);
        assertThat(user.output()).startsWith("5.1.1 ").contains("<nobody@a.example>");
        assertThat(mail("joe@a.example")).as("the others get theirs").hasSize(1);
        assertThat(domain.exitCode()).isEqualTo(67);
        assertThat(domain.output()).startsWith("5.1.2 ").contains("<joe@c.example>");
    }

    @Test
    void aFullMailboxIs75OrAsTheDomainSays69() throws Exception {
        String plain = Files.readString(config);
        Files.writeString(config, plain + "\n[domains.\"a.example\"]\nquota-messages = 1\n");
        deliver(MESSAGE, "-d", "joe@a.example").successful();

        Programs.Result full = deliver(MESSAGE, "-d", "joe@a.example");
        Files.writeString(config, Files.readString(config) + "over-quota = \"permanent\"\n");
        Programs.Result never = deliver(MESSAGE, "-d", "joe@a.example");

        assertThat(full.exitCode()).isEqualTo(75);
        assertThat(full.output()).startsWith("4.2.2 ").contains("<joe@a.example>");
        assertThat(never.exitCode()).isEqualTo(69);
        assertThat(never.output()).startsWith("5.2.2 ");
        assertThat(mail("joe@a.example")).hasSize(1);
    }

    @Test
    void whatCannotBeAnAddressOrIsTooLargeIs65() throws Exception {
        Files.writeString(config, Files.readString(config).replace("[lmtp]", "[lmtp]\nmax-message-octets = 1000"));

        Programs.Result recipient = deliver(MESSAGE, "-d", "../joe@a.example");
        Programs.Result sender = deliver(MESSAGE, "-f", "ann\r\nBcc: eve", "-d", "joe@a.example");
        Programs.Result large = deliver(MESSAGE.repeat(50), "-d", "joe@a.example");

        assertThat(List.of(recipient.exitCode(), sender.exitCode(), large.exitCode()))
                .containsOnly(65);
        assertThat(recipient.output()).startsWith("5.1.3 ");
        assertThat(sender.output()).startsWith("5.1.7 ");
        assertThat(large.output()).startsWith("5.3.4 ");
        assertThat(mail("joe@a.example")).isEmpty();
    }

    /** 64 makes an MTA return mail, so it is kept for those who name nobody. */
    @Test
    void aWrongCommandLineIs64OnlyIfItNamesNobody() throws Exception {
        Programs.Result nobody = deliver(MESSAGE);
        assertThat(nobody.exitCode()).isEqualTo(64);
        assertThat(nobody.output()).startsWith("5.3.5 no recipient");
        assertThat(deliver(MESSAGE, "--nonsense").exitCode()).isEqualTo(64);

        List<List<String>> mistakes = List.of(
                List.of("--nonsense", "-d", "joe@a.example"),
                List.of("-d", "joe@a.example", "-f"),
                List.of("-f", "ann@far.example", "-f", "eve@far.example", "joe@a.example"),
                List.of("-d", "joe@a.example", "ann@a.example", "-a", "detail"),
                List.of("-d", "joe@a.example", "--lmtp", "/run/vmail/lmtp"),
                List.of("-d", "joe@a.example", "--environment"),
                List.of("--help", "-d", "joe@a.example"));
        for (List<String> mistake : mistakes) {
            Programs.Result result = deliver(MESSAGE, mistake.toArray(String[]::new));
            assertThat(result.exitCode()).as("%s", mistake).isEqualTo(75);
            assertThat(result.output()).startsWith("4.3.5 ").hasLineCount(1);
        }
        assertThat(OwnCommand.runWith(MESSAGE, "deliver", "-d", "joe@a.example").output())
                .isEqualTo("4.3.5 one of --lmtp and --config is needed\n");
        assertThat(mail("joe@a.example")).isEmpty();
    }

    @Test
    void helpIsGivenToThoseWhoAskForNothingElse() {
        Programs.Result help = OwnCommand.run("deliver", "--help").successful();

        assertThat(help.output()).contains("-f SENDER", "--lmtp WHERE");
    }

    @Test
    void anAddressIsNeverAnOption() throws Exception {
        site.add("-joe", "a.example", Site.hash("x"));
        site.add("--help", "a.example", Site.hash("x"));
        site.add("--", "a.example", Site.hash("x"));

        deliver(MESSAGE, "-f", "-d", "-d", "-joe@a.example", "--help@a.example").successful();
        deliver(MESSAGE, "--", "--@a.example", "-joe@a.example").successful();

        assertThat(mail("-joe@a.example")).hasSize(2).first().asString().startsWith("Return-Path: <-d>\r\n");
        assertThat(mail("--help@a.example")).hasSize(1);
        assertThat(mail("--@a.example")).hasSize(1);
    }

    @Test
    void behindTheLastOptionEverythingIsARecipient() throws Exception {
        Programs.Result result = deliver(MESSAGE, "-d", "joe@a.example", "--", "-f");

        assertThat(result.exitCode()).isEqualTo(65);
        assertThat(result.output()).startsWith("5.1.3 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<>", "MAILER-DAEMON", "<mailer-daemon>"})
    void theNullSenderHasSeveralNames(String sender) throws Exception {
        deliver(MESSAGE, "-f", sender, "-d", "joe@a.example").successful();

        assertThat(mail("joe@a.example")).singleElement().asString().startsWith("Return-Path: <>\r\n");
    }

    /** As Postfix's pipe(8) has it in ${extension}, beside ${user}@${domain} or ${recipient}. */
    @Test
    void aDetailIsAddedOnce() throws Exception {
        site.alias("a.example", "joe+shop: ann");
        site.alias("a.example", "joe-shop: ann@b.example");

        deliver(MESSAGE, "-d", "joe@a.example", "-a", "shop").successful();
        deliver(MESSAGE, "-d", "joe+shop@a.example", "-a", "shop").successful();
        deliver(MESSAGE, "-d", "joe@a.example", "-a", "").successful();
        deliver(MESSAGE, "-d", "joe@a.example", "-a", "-d").successful();
        deliver(MESSAGE, "-d", "joe@a.example", "-a", "shop", "--delimiter", "-")
                .successful();
        Programs.Result bad = deliver(MESSAGE, "-d", "joe@a.example", "-a", "../x");

        assertThat(mail("ann@a.example")).hasSize(2);
        assertThat(mail("ann@b.example")).hasSize(1);
        assertThat(mail("joe@a.example")).hasSize(2);
        assertThat(bad.exitCode()).isEqualTo(65);
    }

    @ParameterizedTest
    @ValueSource(strings = {"From ann@far.example Mon Nov 23 02:00:00 2026\n", "From ann\r\n", "From \n"})
    void theLineThatPartsMessagesInAnMboxIsNoPartOfTheMessage(String separator) throws Exception {
        deliver(separator + MESSAGE, "-d", "joe@a.example").successful();

        assertThat(mail("joe@a.example")).singleElement().asString().contains("joe@a.example\r\nSubject: hello\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "From: ann\n",
                "From : ann\n",
                "From \t:ann\n",
                "Fro",
                "F",
                "From without an end",
                "\nFrom x\n",
                ""
            })
    void whatIsNoSuchLineStays(String start) throws Exception {
        deliver(start, "-d", "joe@a.example").successful();

        assertThat(mail("joe@a.example"))
                .singleElement()
                .asString()
                .endsWith("joe@a.example\r\n" + start.replace("\n", "\r\n"));
    }

    @Test
    void whatIsWrongHereIs75() throws Exception {
        Programs.Result noConfig = OwnCommand.runWith(
                MESSAGE, "deliver", "--config", folder.resolve("none").toString(), "-d", "joe@a.example");
        Files.delete(site.mail());
        Programs.Result noMail = deliver(MESSAGE, "-d", "joe@a.example");
        Files.createDirectory(site.mail());
        Files.move(site.directory(), folder.resolve("elsewhere"));
        Programs.Result noDirectory = deliver(MESSAGE, "-d", "nobody@a.example");

        assertThat(List.of(noConfig, noMail, noDirectory)).allSatisfy(result -> {
            assertThat(result.exitCode()).isEqualTo(75);
            assertThat(result.output()).startsWith("4.3.").hasLineCount(1);
            assertThat(result.errors()).isEmpty();
        });
    }

    @Test
    void whatMayPassCountsBeforeWhatWillNot() throws Exception {
        brokenMailbox("joe", "a.example");

        Programs.Result result = deliver(MESSAGE, "-d", "nobody@a.example", "joe@a.example");

        assertThat(result.exitCode()).isEqualTo(75);
        assertThat(result.output().lines().filter(line -> line.matches("[245]\\.\\d\\.\\d .*")))
                .as("Postfix's pipe(8): the first status code takes precedence over the exit code")
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("4.2.0 "),
                        line -> assertThat(line).startsWith("5.1.1 "));
    }

    private Programs.Result deliver(String message, String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("deliver", "--config", config.toString()));
        all.addAll(List.of(arguments));
        return OwnCommand.runWith(message, all.toArray());
    }

    private void brokenMailbox(String user, String domain) throws IOException {
        Files.createDirectory(site.mailbox(user, domain).getParent());
        Files.writeString(site.mailbox(user, domain), "a file where a folder should be");
    }

    private List<String> mail(String account) throws IOException {
        List<String> messages = new ArrayList<>();
        OpenResult result = MaildirStore.under(site.mail()).open(MailAddress.of(account));
        try (Maildrop maildrop = ((OpenResult.Opened) result).maildrop()) {
            for (StoredMessage message : maildrop.messages()) {
                try (InputStream content = maildrop.content(message).orElseThrow()) {
                    messages.add(new String(content.readAllBytes(), ISO_8859_1));
                }
            }
        }
        return messages;
    }
}
