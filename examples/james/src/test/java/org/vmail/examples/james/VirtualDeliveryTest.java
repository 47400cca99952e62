package org.vmail.examples.james;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.mail.MessagingException;
import javax.mail.internet.MimeMessage;
import org.apache.james.core.MailAddress;
import org.apache.mailet.Attribute;
import org.apache.mailet.AttributeName;
import org.apache.mailet.AttributeValue;
import org.apache.mailet.Mail;
import org.apache.mailet.base.test.FakeMail;
import org.apache.mailet.base.test.FakeMailContext;
import org.apache.mailet.base.test.FakeMailContext.SentMail;
import org.apache.mailet.base.test.FakeMailetConfig;
import org.apache.mailet.base.test.FakeMatcherConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.ArgumentCaptor;

class VirtualDeliveryTest {
    private static final String MESSAGE = "Subject: hello\r\n\r\nhello\r\n";

    @TempDir
    Path folder;

    private final FakeMailContext context = spy(FakeMailContext.defaultContext());
    private final VirtualDelivery delivery = new VirtualDelivery();

    @BeforeEach
    void prepare() throws Exception {
        Files.createDirectory(folder.resolve("mail"));
        Files.createDirectory(folder.resolve("etc"));
        Files.writeString(folder.resolve("etc/passwd.a.example"), "joe:x:1:1::/:\nann:x:2:2::/:\n");
        Files.writeString(folder.resolve("etc/aliases.a.example"), "both: joe, ann\n");
        delivery.init(FakeMailetConfig.builder()
                .mailetContext(context)
                .setProperty("directory", folder.resolve("etc").toString())
                .setProperty("mail", folder.resolve("mail").toString())
                .setProperty("retryMinutes", "7")
                .setProperty("maxAttempts", "3")
                .build());
    }

    @Test
    void aMailThatAllHaveGotIsOver() throws Exception {
        Mail mail = mail("joe@a.example", "both@a.example");
        delivery.service(mail);

        assertThat(mail.getState()).isEqualTo(Mail.GHOST);
        assertThat(context.getSentMails()).isEmpty();
        assertThat(stored("joe")).hasSize(1).allMatch(text -> text.endsWith("Subject: hello\n\nhello\n"));
        assertThat(stored("ann")).hasSize(1).allMatch(text -> text.startsWith("Return-Path: <me@c.example>\n"));
    }

    @Test
    void whoIsUnknownIsReportedToTheSenderAndTheOthersHaveIt() throws Exception {
        delivery.service(mail("joe@a.example", "nobody@a.example"));

        assertThat(stored("joe")).hasSize(1);
        SentMail sent = context.getSentMails().get(0);
        assertThat(context.getSentMails()).hasSize(1);
        assertThat(sent.getState()).isEqualTo("bounces");
        assertThat(sent.getRecipients()).containsExactly(new MailAddress("nobody@a.example"));
    }

    @Test
    void eachReportTellsWhyItsRecipientsWereRefused() throws Exception {
        delivery.service(mail("nobody@a.example", "joe@elsewhere.example", "neither@a.example"));

        ArgumentCaptor<Mail> refused = ArgumentCaptor.forClass(Mail.class);
        verify(context, times(2)).sendMail(refused.capture(), eq("bounces"));
        assertThat(refused.getAllValues())
                .extracting(Mail::getErrorMessage, mail -> Set.copyOf(mail.getRecipients()))
                .containsExactlyInAnyOrder(
                        tuple(
                                "5.1.1 there is no such user here",
                                Set.of(new MailAddress("nobody@a.example"), new MailAddress("neither@a.example"))),
                        tuple("5.1.2 the domain is not hosted here", Set.of(new MailAddress("joe@elsewhere.example"))));
    }

    @Test
    void whoCannotGetItNowGetsItLater() throws Exception {
        Files.createDirectories(folder.resolve("mail/a.example"));
        Files.writeString(folder.resolve("mail/a.example/ann"), "in the way");
        Mail mail = mail("joe@a.example", "ann@a.example");
        delivery.service(mail);

        assertThat(mail.getState()).isEqualTo(Mail.GHOST);
        SentMail again = context.getSentMails().get(0);
        assertThat(context.getSentMails()).hasSize(1);
        assertThat(again.getState()).isEqualTo("transport");
        assertThat(again.getRecipients()).containsExactly(new MailAddress("ann@a.example"));
        assertThat(again.getDelay())
                .hasValueSatisfying(
                        delay -> assertThat(delay).isEqualTo(new FakeMailContext.Delay(7, TimeUnit.MINUTES)));
        assertThat(stored("joe")).hasSize(1);
    }

    @Test
    void afterTheLastAttemptItIsReported() throws Exception {
        Files.createDirectories(folder.resolve("mail/a.example"));
        Files.writeString(folder.resolve("mail/a.example/ann"), "in the way");
        Mail mail = mail("ann@a.example");
        mail.setAttribute(new Attribute(AttributeName.of("org.vmail.attempts"), AttributeValue.of(3)));
        delivery.service(mail);

        assertThat(context.getSentMails()).extracting(SentMail::getState).containsExactly("bounces");
    }

    @Test
    void theMatcherKnowsTheHostedDomains() throws Exception {
        HostedDomains matcher = new HostedDomains();
        matcher.init(FakeMatcherConfig.builder()
                .matcherName("HostedDomains")
                .condition(folder.resolve("etc").toString())
                .build());

        assertThat(matcher.match(mail("joe@a.example", "nobody@a.example", "joe@elsewhere.example")))
                .containsExactlyInAnyOrder(new MailAddress("joe@a.example"), new MailAddress("nobody@a.example"));

        Files.delete(folder.resolve("etc/passwd.a.example"));
        Files.delete(folder.resolve("etc/aliases.a.example"));
        Files.delete(folder.resolve("etc"));
        assertThatThrownBy(() -> matcher.match(mail("joe@b.example")))
                .as("a directory that is gone is no reason to send mail elsewhere")
                .isInstanceOf(MessagingException.class);
    }

    private static Mail mail(String... recipients) throws MessagingException {
        return FakeMail.builder()
                .name("m1")
                .state("transport")
                .sender("me@c.example")
                .recipients(recipients)
                .mimeMessage(new MimeMessage(null, new ByteArrayInputStream(MESSAGE.getBytes(US_ASCII))))
                .build();
    }

    private List<String> stored(String user) throws IOException {
        try (Stream<Path> files =
                Files.list(folder.resolve("mail/a.example").resolve(user).resolve("new"))) {
            return files.map(VirtualDeliveryTest::read).toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
