package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.pop3.conformance.Pop3Conformance;
import org.vmail.pop3.conformance.Transcript;
import org.vmail.pop3.conformance.TranscriptResult;

/** The transcripts of {@code src/test/resources/transcripts} with every store, however the client's octets are cut. */
class Pop3TranscriptTest {
    private static final long SEED = 1939;

    @TempDir
    static Path folder;

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private interface Conduct {
        TranscriptResult run(Pop3Conformance kit, Transcript transcript) throws IOException;
    }

    @TestFactory
    List<DynamicContainer> everyRuleIsKept() throws IOException {
        return withEveryStore(kit -> kit, Pop3Conformance::run);
    }

    @TestFactory
    List<DynamicContainer> everyRuleIsKeptIfEachOctetComesAlone() throws IOException {
        return withEveryStore(kit -> kit.withSplitting(SEED, 1), Pop3Conformance::run);
    }

    @TestFactory
    List<DynamicContainer> everyRuleIsKeptIfSegmentsEndAnywhere() throws IOException {
        return withEveryStore(kit -> kit.withSplitting(SEED, 12), Pop3Conformance::runPipelined);
    }

    @TestFactory
    List<DynamicContainer> everyRuleIsKeptIfAllCommandsComeAtOnce() throws IOException {
        return withEveryStore(kit -> kit, Pop3Conformance::runPipelined);
    }

    @Test
    void nothingIsSkipped() throws IOException {
        Pop3Conformance kit = kit(StoreMailbox.in(InMemoryStore::new));
        List<TranscriptResult.Skipped> skipped = new ArrayList<>();
        for (Transcript transcript : Pop3Conformance.transcripts().toList()) {
            if (kit.run(transcript) instanceof TranscriptResult.Skipped result) {
                skipped.add(result);
            }
        }

        assertThat(skipped).isEmpty();
    }

    /** A new store is a line here. */
    private static Map<String, StoreMailbox> mailboxes() throws IOException {
        Map<String, StoreMailbox> mailboxes = new LinkedHashMap<>();
        mailboxes.put("in memory", StoreMailbox.in(InMemoryStore::new));
        mailboxes.put("Maildir", StoreMailbox.in(() -> MaildirStore.under(Files.createTempDirectory(folder, "root"))));
        return mailboxes;
    }

    private List<DynamicContainer> withEveryStore(UnaryOperator<Pop3Conformance> settings, Conduct conduct)
            throws IOException {
        List<DynamicContainer> containers = new ArrayList<>();
        for (Map.Entry<String, StoreMailbox> mailbox : mailboxes().entrySet()) {
            Pop3Conformance kit = settings.apply(kit(mailbox.getValue()));
            containers.add(dynamicContainer(
                    mailbox.getKey(),
                    Pop3Conformance.transcripts()
                            .map(transcript -> dynamicTest(transcript.name(), () -> check(kit, transcript, conduct)))));
        }
        return containers;
    }

    private static void check(Pop3Conformance kit, Transcript transcript, Conduct conduct) throws IOException {
        TranscriptResult result = conduct.run(kit, transcript);
        assumeFalse(result instanceof TranscriptResult.Skipped, result::toString);
        if (result instanceof TranscriptResult.Failed failed) {
            fail(failed.report());
        }
    }

    private Pop3Conformance kit(StoreMailbox mailbox) throws IOException {
        Pop3Server server = pop3.start(mailbox, builder -> builder);
        return Pop3Conformance.of(server.boundAddresses().get(0), mailbox)
                .withFeatures("vmail")
                .withTimeout(Duration.ofSeconds(5))
                .withOfferedFeatures();
    }
}
